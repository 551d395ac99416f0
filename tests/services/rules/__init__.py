"""Rules looked at before they matter."""
