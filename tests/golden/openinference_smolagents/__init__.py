"""How openinference-instrumentation-smolagents was recorded, and what it sent."""
