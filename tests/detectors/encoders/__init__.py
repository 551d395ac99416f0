"""Encoders: the static table, and those for samples."""
