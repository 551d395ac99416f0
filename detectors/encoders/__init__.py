"""Texts in, unit-length rows out: the static table for every call, transformers for samples."""
