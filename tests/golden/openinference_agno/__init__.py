"""How openinference-instrumentation-agno was recorded, and what it sent."""
