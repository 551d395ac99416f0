"""Tests of `fmwatch break-even`."""
