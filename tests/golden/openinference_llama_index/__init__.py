"""How openinference-instrumentation-llama-index was recorded, and what it sent."""
