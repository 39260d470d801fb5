"""The four places that values come from, each read by a module of its own."""
