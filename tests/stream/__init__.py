"""Tests of the log and the one hot path."""
