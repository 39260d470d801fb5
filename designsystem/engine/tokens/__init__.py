"""From observations to a named, ordered TokenSet."""
