"""A Grafana that is already there: dashboards put into it, and what happened marked on everybody's charts."""
