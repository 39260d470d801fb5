"""One frozen settings model per subject."""
