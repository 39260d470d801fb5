"""Where programs ask, and no browser with a session does."""

API_PATHS = ("/api/", "/health/", "/.well-known/")
