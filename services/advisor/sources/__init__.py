"""One file per source: its own shape in, claims out."""
