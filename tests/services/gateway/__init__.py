"""Tests of events over HTTP."""
