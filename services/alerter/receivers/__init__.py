"""One receiver per file."""
