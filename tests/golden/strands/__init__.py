"""How strands-agents was recorded, and what it sent."""
