"""How opentelemetry-instrumentation-langchain was recorded, and what it sent."""
