"""How arize-phoenix-otel was recorded, and what it sent."""
