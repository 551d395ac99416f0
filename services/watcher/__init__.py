"""Closed minutes in, signals out."""
