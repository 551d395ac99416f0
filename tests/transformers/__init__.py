"""sentence-transformers with real weights: `make test-transformers`."""
