# /// script
# requires-python = ">=3.11"
# dependencies = ["openai", "logfire"]
# [tool.golden]
# package = "logfire"
# says = "`logfire.instrument_openai()`"
# wire = "openai"
# scenarios = ["chat", "stream", "responses", "cached", "cached_stream", "tool", "refused", "failed", "embeddings"]
# [tool.golden.lacks]
# "first token" = "no attribute for it"
# "prompt@embeddings" = "the text is not told"
# ///
"""Logfire's instrumentation of OpenAI's SDK, sent elsewhere than to Logfire."""

import logfire
import openai_sdk

logfire.configure(send_to_logfire=False, console=False, inspect_arguments=False)
logfire.instrument_openai()
openai_sdk.ask()
logfire.shutdown()
