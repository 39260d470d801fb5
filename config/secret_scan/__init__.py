"""Finds secrets where none should be: engines, sources of text, baseline, allow comments and reports."""
