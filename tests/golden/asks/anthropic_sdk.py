"""What Anthropic's SDK is asked; the drivers of its instrumentations share it."""

import contextlib

import anthropic
from asked import PARAMETERS, SCENARIO

_TOOL = {"name": "weather", "description": "Tell the weather in a city.", "input_schema": PARAMETERS}


def ask(client: anthropic.Anthropic | None = None) -> None:
    """Do what the scenario says; the error that it scripts is none of ours."""
    with contextlib.suppress(anthropic.APIStatusError):
        _asked(client or anthropic.Anthropic(max_retries=0))


def _asked(client: anthropic.Anthropic) -> None:
    asked = {
        "model": SCENARIO.model,
        "system": SCENARIO.system,
        "messages": [{"role": "user", "content": SCENARIO.prompt}],
        "max_tokens": 200,
    }
    if SCENARIO.tool:
        asked["tools"] = [_TOOL]
    if SCENARIO.stream:
        for _ in client.messages.create(**asked, stream=True):
            pass
    else:
        client.messages.create(**asked)
