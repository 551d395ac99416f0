"""One monitor per file: observations of closed minutes in, signals out."""
