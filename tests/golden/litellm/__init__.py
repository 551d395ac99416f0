"""How litellm was recorded, and what it sent."""
