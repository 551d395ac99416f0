# /// script
# requires-python = ">=3.11"
# dependencies = ["anthropic", "logfire"]
# [tool.golden]
# package = "logfire"
# says = "`logfire.instrument_anthropic()`"
# wire = "anthropic"
# scenarios = ["chat", "stream", "cached", "cached_stream", "tool", "refused", "failed"]
# [tool.golden.lacks]
# "first token" = "no attribute for it"
# ///
"""Logfire's instrumentation of Anthropic's SDK, sent elsewhere than to Logfire."""

import anthropic_sdk
import logfire

logfire.configure(send_to_logfire=False, console=False, inspect_arguments=False)
logfire.instrument_anthropic()
anthropic_sdk.ask()
logfire.shutdown()
