"""Tests of the alerter."""
