"""How traceloop-sdk was recorded, and what it sent."""
