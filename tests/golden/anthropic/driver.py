# /// script
# requires-python = ">=3.11"
# dependencies = ["anthropic", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"]
# [tool.golden]
# package = "anthropic"
# says = "the SDK's own tracing, which is on wherever OpenTelemetry is"
# wire = "anthropic"
# scenarios = ["chat", "stream", "cached", "cached_stream", "tool", "refused", "failed"]
# [tool.golden.environment]
# ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE = "content"
# [tool.golden.lacks]
# "answer@stream,cached_stream" = "the pieces of a stream are not put together"
# ///
"""Anthropic's SDK traces itself; nothing else is installed."""

import anthropic_sdk
import exporting

exporting.begin()
anthropic_sdk.ask()
exporting.end()
