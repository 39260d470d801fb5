"""One module a kind of token: each reads the scene and returns observations."""
