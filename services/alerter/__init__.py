"""Signals and rules in, alerts and notifications out."""
