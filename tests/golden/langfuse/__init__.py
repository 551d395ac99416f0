"""How langfuse was recorded, and what it sent."""
