"""Administration: the Django admin site and its REST side."""
