"""Tests of what `fmwatch grafana` does with a Grafana that is already there."""
