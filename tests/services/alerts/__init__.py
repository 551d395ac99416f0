"""Tests of `fmwatch alerts`."""
