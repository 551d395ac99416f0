"""How openinference-instrumentation-dspy was recorded, and what it sent."""
