"""How opentelemetry-instrumentation-openai-v2 was recorded, and what it sent."""
