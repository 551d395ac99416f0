"""How openinference-instrumentation-anthropic was recorded, and what it sent."""
