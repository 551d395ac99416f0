# /// script
# requires-python = ">=3.11"
# dependencies = ["openai", "httpx", "traceloop-sdk"]
# [tool.golden]
# package = "traceloop-sdk"
# says = "OpenLLMetry's SDK: a workflow around the call"
# wire = "openai"
# scenarios = ["chat", "cached", "tool", "refused", "conversation"]
# [tool.golden.environment]
# TRACELOOP_TRACE_CONTENT = "true"
# TRACELOOP_BASE_URL = "{receiver}"
# TRACELOOP_API_KEY = "golden"
# TRACELOOP_TELEMETRY = "false"
# TRACELOOP_METRICS_ENABLED = "false"
# ///
"""OpenLLMetry's SDK: a workflow, a call within, and what is known of both."""

import openai_sdk
from asked import SCENARIO
from traceloop.sdk import Traceloop
from traceloop.sdk.decorators import workflow
from traceloop.sdk.instruments import Instruments

Traceloop.init(app_name="shop-support", disable_batch=True, instruments={Instruments.OPENAI})


@workflow(name="support")
def answered(prompt: str) -> None:
    """Ask, within a workflow."""
    if SCENARIO.conversation:
        Traceloop.set_association_properties({"session_id": SCENARIO.conversation, "user_id": SCENARIO.user})
    openai_sdk.ask()


answered(SCENARIO.prompt)
