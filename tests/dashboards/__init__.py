"""Tests of the dashboards: every query is executed as the plugin would."""
