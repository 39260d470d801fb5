"""Has a picture changed, does it keep to its tokens, can it be read: measured, with boxes."""
