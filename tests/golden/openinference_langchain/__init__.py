"""How openinference-instrumentation-langchain was recorded, and what it sent."""
