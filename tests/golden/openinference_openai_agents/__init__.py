"""How openinference-instrumentation-openai-agents was recorded, and what it sent."""
