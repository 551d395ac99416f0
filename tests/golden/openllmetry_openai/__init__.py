"""How opentelemetry-instrumentation-openai was recorded, and what it sent."""
