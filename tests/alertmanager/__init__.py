"""A real Alertmanager takes what we send: `make alertmanager`."""
