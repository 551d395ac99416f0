"""How google-adk was recorded, and what it sent."""
