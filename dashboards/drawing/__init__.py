"""What a dashboard looks like without Grafana: its committed JSON and the store's answers as one page."""
