"""Candidates that answer real requests, and models that judge them."""
