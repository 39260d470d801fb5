"""What staff do to accounts and to many rows at once. They know no HTTP."""
