"""`fmwatch choose`: which models may serve a use that has no traffic yet."""
