"""One client of endpoints: how it asks, and what asking may cost."""
