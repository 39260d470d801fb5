"""Tokens from picture files on a disk, for the command line. Knows no Django."""
