"""Comparing two models by labels."""
