"""How langsmith was recorded, and what it sent."""
