"""A fleet of arranged traffic that shows what fmwatch does."""
