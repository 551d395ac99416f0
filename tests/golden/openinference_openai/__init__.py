"""How openinference-instrumentation-openai was recorded, and what it sent."""
