"""What the pages of the admin site are made of: lists, details, acts, and how the site refuses."""
