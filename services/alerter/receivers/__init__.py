"""Where notifications go; each receiver is one file."""
