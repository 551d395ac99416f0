"""Numbered, one statement each, re-runnable."""
