"""One folder per process; they meet in a topic or a table, never in an import."""
