"""The journeys of an account. They know no HTTP."""
