"""The question of these tests, and clients that ask it."""

from __future__ import annotations

from typing import Any

from fmwatch.event import Usage
from openai import OpenAI

from services.fake_provider.reply import Spent

MODEL = "gpt-4o"
MESSAGES: Any = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How long?"}]
ANSWER = "The refund takes five days."
SPENT = Spent(input=1200, output=80, cache_read=1024, reasoning=64)
USAGE = Usage(input=1200, output=80, cache_read=1024, reasoning=64, audio_input=0, audio_output=0)


def chat(client: OpenAI, **more: Any) -> Any:
    """Ask the question of these tests."""
    return client.chat.completions.create(model=MODEL, messages=MESSAGES, **more)
