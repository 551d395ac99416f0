"""How opentelemetry-instrumentation-anthropic was recorded, and what it sent."""
