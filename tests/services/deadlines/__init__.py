"""Tests of the deadlines and their calendar."""
