"""Who may come in: tokens of tenants, or without them this machine only."""
