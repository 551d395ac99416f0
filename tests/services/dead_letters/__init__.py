"""Tests of dead letters: read, shown, handed in again."""
