"""Tests of `fmwatch choose`."""
