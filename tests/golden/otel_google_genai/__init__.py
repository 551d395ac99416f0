"""How opentelemetry-instrumentation-google-genai was recorded, and what it sent."""
