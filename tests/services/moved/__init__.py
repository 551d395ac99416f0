"""Tests of `fmwatch moved`."""
