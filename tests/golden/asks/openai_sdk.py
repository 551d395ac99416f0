"""What OpenAI's SDK is asked; the drivers of its instrumentations share it."""

import contextlib

import openai
from asked import MESSAGES, PARAMETERS, SCENARIO

_TOOL = {
    "name": "weather",
    "description": "Tell the weather in a city.",
    "parameters": PARAMETERS,
}


def ask(client: openai.OpenAI | None = None) -> None:
    """Do what the scenario says; the error that it scripts is none of ours."""
    with contextlib.suppress(openai.APIStatusError):
        _asked(client or openai.OpenAI(max_retries=0))


def _asked(client: openai.OpenAI) -> None:
    if SCENARIO.through == "embeddings":
        client.embeddings.create(model=SCENARIO.model, input=SCENARIO.prompt)
        return
    if SCENARIO.through == "responses":
        client.responses.create(
            model=SCENARIO.model, instructions=SCENARIO.system, input=SCENARIO.prompt, temperature=0.2
        )
        return
    asked = {"model": SCENARIO.model, "messages": MESSAGES, "temperature": 0.2, "max_tokens": 200}
    if SCENARIO.tool:
        asked["tools"] = [{"type": "function", "function": _TOOL}]
    if SCENARIO.stream:
        pieces = client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True})
        for _ in pieces:
            pass
    else:
        client.chat.completions.create(**asked)
