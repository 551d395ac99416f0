"""`fmwatch catalogue`."""
