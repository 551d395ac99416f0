"""Which model is outdated, and what should replace it."""
