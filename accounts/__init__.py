"""Who may come in, and what they may do: accounts, credentials, sessions, roles, personal data."""
