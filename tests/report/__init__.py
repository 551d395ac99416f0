"""Evidently itself, in an environment that has it: `make test-report`."""
