"""How pydantic-ai-slim was recorded, and what it sent."""
