"""Tests of `fmwatch gate`."""
