from __future__ import annotations

import json

from services.shadow.request import body, turns

from .calls import stored


def test_prompt() -> None:
    """A bare prompt is one turn; without a limit of its own the answer gets one."""
    assert body(stored(), "m", 99) == {
        "model": "m",
        "messages": [{"role": "user", "content": "Where is it?"}],
        "max_tokens": 99,
    }


def test_turns_and_parameters() -> None:
    """Turns, temperature and limit are those of the call; roles that no endpoint knows become the user's."""
    messages = [{"role": "system", "content": "Be brief."}, {"role": "human", "content": "Hé?"}]
    call = stored(messages=json.dumps(messages), request_temperature=0.699999988079071, request_max_tokens=7)
    assert body(call, "m", 99) == {
        "model": "m",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hé?"}],
        "max_tokens": 7,
        "temperature": 0.7,
    }


def test_context() -> None:
    """Context that the turns do not have is given before the last question, and no passage twice."""
    messages = [
        {"role": "user", "content": "Read: it ships on Monday"},
        {"role": "assistant", "content": "Yes."},
        {"role": "user", "content": "When?"},
    ]
    call = stored(messages=json.dumps(messages), context=["it ships on Monday", "by mail"])
    assert [turn["role"] for turn in turns(call)] == ["user", "assistant", "system", "user"]
    assert turns(call)[2]["content"] == "Context:\n\n[1] by mail"
