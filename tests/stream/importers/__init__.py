"""Tests of what other tools export, read as events."""
