"""How openinference-instrumentation-haystack was recorded, and what it sent."""
