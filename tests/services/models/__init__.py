"""Tests of `fmwatch models`."""
