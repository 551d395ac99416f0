"""People who judge pairs."""
