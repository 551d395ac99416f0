"""How openlit was recorded, and what it sent."""
