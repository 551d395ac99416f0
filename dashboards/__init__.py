"""Grafana as code: eight dashboards and the alert rules that watch fmwatch itself, built from small typed parts."""
