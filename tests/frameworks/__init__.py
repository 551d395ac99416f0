"""The callbacks, against LiteLLM and LangChain: `make test-frameworks`."""
