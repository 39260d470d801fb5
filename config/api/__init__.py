"""What every endpoint shares: problems, pagination, request ids, schema."""
