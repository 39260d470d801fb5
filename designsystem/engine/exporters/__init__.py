"""One module a format: each turns a TokenSet into text."""
