"""Live views that are more than a table."""
