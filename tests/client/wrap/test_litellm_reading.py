from types import SimpleNamespace
from typing import Any

import fmwatch
import pytest
from fmwatch.wrap.litellm_callback import Taking

from tests.client.wrap.captured import Captured

ASKED: Any = {"model": "gpt-4o", "call_type": "completion", "litellm_call_id": "c-1"}


def test_unread_answer(captured: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call whose answer cannot be read is captured without it, and is not lost."""

    def fails(*_: object) -> Any:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("fmwatch.wrap.openai_chat.answered", fails)
    Taking(None, {}).log_success_event(ASKED, SimpleNamespace(), None, None)
    event = captured.event()
    assert (event.event_id, event.response, event.usage_source) == ("c-1", "", "missing")


def test_unread_question(captured: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that cannot be read at all is lost, and counted by the callback's own client."""

    def fails(*_: object) -> Any:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("fmwatch.wrap.litellm_callback._asked", fails)
    with fmwatch.Client(transport=fmwatch.RecordingTransport()) as own:
        Taking(own, {}).log_success_event(ASKED, SimpleNamespace(), None, None)
        assert own.report().reasons == {"not_encodable": 1}
    assert captured.events() == []
