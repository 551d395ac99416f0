"""How semantic-kernel was recorded, and what it sent."""
