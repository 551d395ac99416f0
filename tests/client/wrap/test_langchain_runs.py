from types import SimpleNamespace
from typing import Any

import fmwatch
import pytest
from fmwatch.event import Passage
from fmwatch.wrap.langchain_callback import Runs, Taking

from tests.client.wrap.captured import Captured

TEXT = "x" * 1000


def begin(runs: Runs, run: str) -> None:
    """Begin a call with a prompt of a thousand bytes, which nobody ends."""
    taking = Taking(None, {}, {"provider": "openai", "request_model": run})
    taking._runs = runs
    message = SimpleNamespace(type="human", content=[{"type": "text", "text": TEXT}])
    taking.on_chat_model_start({}, [[message]], run_id=run)


def test_abandoned_calls(captured: Captured) -> None:
    """Prompts of runs that nobody ends are kept up to a number of bytes; the oldest are captured and go."""
    runs = Runs(most_bytes=5000)
    for n in range(10):
        begin(runs, str(n))
    assert [runs.called(str(n)) is not None for n in range(10)] == [False] * 6 + [True] * 4
    assert [event.request_model for event in captured.events()] == ["0", "1", "2", "3", "4", "5"]
    for n in range(10):
        runs.ended(str(n))
    begin(runs, "later")
    assert runs.called("later") is not None


def test_abandoned_passages() -> None:
    """So are passages; those of one tree of runs count together."""
    runs = Runs(most_bytes=5000)
    for n in range(10):
        runs.begin(f"child {n}", str(n))
        runs.retrieve(f"child {n}", [TEXT])
        runs.retrieve(f"child {n}", [TEXT])
    assert [len(runs.context(str(n))) for n in range(10)] == [0] * 8 + [2] * 2


def test_huge() -> None:
    """A single prompt that is larger than all that may be kept is kept while it is the newest."""
    runs = Runs(most_bytes=10)
    begin(runs, "first")
    begin(runs, "second")
    assert (runs.called("first"), runs.called("second") is None) == (None, False)


def test_later_passages() -> None:
    """What is retrieved after a call has begun is not what it was answered from."""
    runs = Runs()
    runs.begin("retriever", "root")
    runs.retrieve("retriever", ["Five days."])
    before = runs.context("root")
    runs.retrieve("retriever", ["By card."])
    assert [passage["text"] for passage in before] == ["Five days."]


def fails(*_: object) -> Any:
    """Stand for a bug of ours."""
    raise RuntimeError("a bug of ours")


def test_our_bug(captured: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that cannot be read is counted by the callback's own client; an answer that cannot, by none."""
    message = SimpleNamespace(type="human", content="How long?")
    with fmwatch.Client(transport=fmwatch.RecordingTransport()) as own:
        taking = Taking(own, {"context": [{"text": "Five days."}]}, {})
        with monkeypatch.context() as patched:
            patched.setattr("fmwatch.wrap.langchain_callback.asked", fails)
            taking.on_chat_model_start({}, [[message]], run_id=1)
        taking.on_llm_end(SimpleNamespace(generations=[[]]), run_id=1)
        assert own.report().reasons == {"not_encodable": 1}
    assert fmwatch.flush().captured == 0
    taking = Taking(None, {"context": [{"text": "Five days."}]}, {})
    taking.on_chat_model_start({}, [[message]], run_id=2)
    monkeypatch.setattr("fmwatch.wrap.langchain_callback.answered", fails)
    taking.on_llm_end(SimpleNamespace(generations=[[]]), run_id=2)
    assert captured.event().context == (Passage("Five days."),)
