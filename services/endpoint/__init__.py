"""Ask a model through any endpoint with OpenAI's chat completions: at a pace, within a limit in USD."""
