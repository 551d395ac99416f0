"""How anthropic was recorded, and what it sent."""
