"""The REST side of the administration."""
