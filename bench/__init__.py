"""Measurements; never tests. `python -m bench.NAME --json`."""
