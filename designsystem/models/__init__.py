"""Pictures, extractions, design systems and their versions."""
