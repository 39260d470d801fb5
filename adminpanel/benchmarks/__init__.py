"""Measures of the console and of /api/admin/ over many rows; manage.py benchmark_console runs them."""
