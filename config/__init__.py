"""Settings and start-up; knows no app, except in the composition files."""
