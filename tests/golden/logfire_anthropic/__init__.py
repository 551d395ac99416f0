"""How logfire was recorded, and what it sent."""
