"""Scorers judge events, monitors watch closed minutes. Pure: no I/O, no clock."""
