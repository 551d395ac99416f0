"""Alerts for people: list them, say something of them, and see what is not watched yet."""
