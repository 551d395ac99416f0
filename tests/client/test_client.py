import json
import math
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import fmwatch
import numpy as np
import pytest
from fmwatch import Client, RecordingTransport, Rejected, Report, Retryable, TooLarge
from fmwatch._encode import MAX_EVENT_BYTES

from stream.decode import decode

CALL = {"provider": "openai", "request_model": "gpt-4o"}
FOREVER_S = 3600.0  # nothing is sent unless asked for


@pytest.fixture
def transport() -> RecordingTransport:
    """A transport that keeps what was sent."""
    return RecordingTransport()


@pytest.fixture
def client(transport: RecordingTransport) -> Iterator[Client]:
    """A client that sends only when it is flushed."""
    with Client(transport=transport, app="helpdesk", interval_s=FOREVER_S) as opened:
        yield opened


def _report(sent: int, waiting: int, dropped: int, reasons: dict[str, int]) -> Report:
    """What a client without a spool reports."""
    return Report(sent, waiting, 0, dropped, reasons, stripped=0, recovered=0)


def test_capture(client: Client, transport: RecordingTransport) -> None:
    """An event gets an id, a time and what the client says about all its events, and decodes."""
    event_id = client.capture(**CALL, usage={"input": 5}, latency_ms=1.5)
    assert client.flush() == _report(1, 0, 0, {})
    [event] = transport.events
    assert event["event_id"] == event_id
    assert event["app"] == "helpdesk"
    decoded = decode(transport.batches[0][0], lambda: datetime.now(UTC))
    assert (decoded.tenant, getattr(decoded, "route", "")) == ("default", "helpdesk")


def test_own_fields(client: Client, transport: RecordingTransport) -> None:
    """What the caller says goes before what the client would say."""
    client.capture(**CALL, event_id="mine", app="other", occurred_at=datetime(2026, 1, 1, tzinfo=UTC))
    client.flush()
    [event] = transport.events
    assert (event["event_id"], event["app"]) == ("mine", "other")
    assert event["occurred_at"] == "2026-01-01T00:00:00+00:00"


def test_times(client: Client, transport: RecordingTransport) -> None:
    """The time of a capture is filled in to the microsecond; a number in another unit stays."""
    before = datetime.now(UTC)
    client.capture(**CALL)
    client.change("deploy")
    client.capture(**CALL, occurred_at=1_790_000_000)
    client.capture(**CALL, occurred_at=10**40)
    client.flush()
    captured, changed, number, absurd = transport.events
    found = [datetime.fromisoformat(captured["occurred_at"]), datetime.fromisoformat(changed["at"])]
    assert before - timedelta(milliseconds=1) < found[0] <= found[1] <= datetime.now(UTC)
    assert captured["occurred_at"].endswith("Z")
    assert (number["occurred_at"], absurd["occurred_at"]) == (1_790_000_000, 10**40)


def test_ids(client: Client) -> None:
    """Ids are UUIDs of version 7: distinct, and in order of time to the millisecond."""
    ids = [client.capture(**CALL) for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert {len(one) for one in ids} == {36}
    assert {one[14] for one in ids} == {"7"}
    assert [one[:13] for one in ids] == sorted(one[:13] for one in ids)


def test_feedback_and_change(client: Client, transport: RecordingTransport) -> None:
    """Feedback and changes arrive as what they are."""
    client.feedback("a", "thumb", value=True, by="human")
    client.change("deploy", from_="v1", to="v2", route="r")
    client.flush()
    feedback, change = [decode(line) for line in transport.batches[0]]
    assert isinstance(feedback, fmwatch.Feedback)
    assert feedback.value is True
    assert isinstance(change, fmwatch.Change)
    assert (change.from_, change.to) == ("v1", "v2")


@dataclass
class _Usage:
    input: int


class _Hostile:
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


def _cycle() -> list[Any]:
    cycle: list[Any] = []
    cycle.append(cycle)
    return cycle


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        {1, 2},
        b"\xff",
        bytearray(b"a"),
        memoryview(b"a"),
        3j,
        ...,
        OrderedDict(a=1),
        Decimal("1.5"),
        object(),
        "\ud800",
        {("a", 1): 1},
        2**200,
        _Usage(3),
        datetime.now(UTC),
        datetime(2026, 1, 1),  # noqa: DTZ001 - a naive time is one of the hostile ones
        _cycle(),
        type,
        lambda: 1,
    ],
)
def test_odd_values(value: object, client: Client, transport: RecordingTransport) -> None:
    """Whatever value an application has, the event arrives, as valid JSON in UTF-8."""
    client.capture(**CALL, odd=value, prompt="p")
    assert client.flush() == _report(1, 0, 0, {})
    assert transport.events[0]["prompt"] == "p"
    decode(transport.batches[0][0])


def test_never_raises(client: Client) -> None:
    """What cannot be encoded at all is counted, and the application does not notice."""
    client.capture(**CALL, odd=_Hostile())
    assert client.flush() == _report(0, 0, 1, {"not_encodable": 1})


def test_numpy(client: Client, transport: RecordingTransport) -> None:
    """Numbers of NumPy's, which a dataframe is full of, arrive as numbers where JSON has them."""
    client.capture(**CALL, latency_ms=np.float64(1.5), odd={np.int64(3): np.float32(2.5)}, many=np.arange(2))
    client.flush()
    [event] = transport.events
    assert (event["latency_ms"], event["odd"], event["many"]) == (1.5, {"3": "2.5"}, "[0 1]")


def test_snapshot(client: Client, transport: RecordingTransport) -> None:
    """An event is what it was when it was captured, even if the application goes on with its list."""
    messages = [{"role": "user", "content": "first"}]
    client.capture(**CALL, messages=messages)
    messages.append({"role": "user", "content": "second"})
    client.flush()
    assert len(transport.events[0]["messages"]) == 1


def test_full(transport: RecordingTransport) -> None:
    """A full queue drops and counts, and tells the receiver with the next batch, once as new."""
    transport.failing = Retryable("away")
    client = Client(transport=transport, max_queue=3, interval_s=FOREVER_S)
    for _ in range(5):
        client.capture(**CALL)
    assert client.report().dropped == 2
    transport.failing = None
    assert client.flush() == _report(3, 0, 2, {"queue_full": 2})
    assert "captured=5/5; queue_full=2/2; sent=3; waiting=0; spooled=0" in transport.counts[-1]
    client.capture(**CALL)
    client.close()
    assert "captured=6/1; queue_full=2/0; sent=4; waiting=0; spooled=0" in transport.counts[-1]


def test_full_bytes(transport: RecordingTransport) -> None:
    """The queue is bounded in bytes as well."""
    transport.failing = Retryable("away")
    client = Client(transport=transport, max_queue_bytes=10_000, interval_s=FOREVER_S)
    for _ in range(5):
        client.capture(**CALL, prompt="x" * 3000)
    assert client.report().waiting == 3
    client.close(timeout=0)


def test_huge(client: Client, transport: RecordingTransport) -> None:
    """An event larger than any gateway takes loses its content and keeps its usage."""
    client.capture(**CALL, prompt="x" * MAX_EVENT_BYTES, usage={"input": 7})
    client.flush()
    [event] = transport.events
    assert (event["usage"], event["truncated"], "prompt" in event) == ({"input": 7}, True, False)


def test_deep(client: Client, transport: RecordingTransport) -> None:
    """What refers to itself in several places ends after its first round; what is deep is kept."""
    tree: list[Any] = ["leaf"]
    tree += [tree, {"again": tree}]
    deep: Any = "bottom"
    for _ in range(50):
        deep = [deep]
    client.capture(**CALL, odd=tree, deep=deep)
    client.flush()
    [event] = transport.events
    assert event["odd"] == ["leaf", "...", {"again": "..."}]
    assert event["deep"] == deep


def test_whole_sums(client: Client) -> None:
    """What was captured is the sum of what became of it, whatever that was."""
    client.capture(**CALL)
    client.capture(**CALL, odd=_Hostile())
    client.close()
    client.capture(**CALL)
    report = client.report()
    assert (report.captured, report.sent) == (3, 1)
    assert report.reasons == {"not_encodable": 1, "closed": 1}


def test_retry(client: Client, transport: RecordingTransport) -> None:
    """When the receiver is away everything waits, and goes in order when it is back."""
    transport.failing = Retryable("away", after_s=0.01)
    for number in range(5):
        client.capture(**CALL, event_id=str(number))
    assert client.flush(0.2) == _report(0, 5, 0, {})
    transport.failing = None
    assert client.flush() == _report(5, 0, 0, {})
    assert [event["event_id"] for event in transport.events] == list("01234")


def test_no_storm() -> None:
    """While the receiver is away captures do not hurry the next try, however full the queue is."""
    transport = RecordingTransport(Retryable("away"))
    client = Client(transport=transport, max_queue=10, interval_s=0.01)
    while not transport.attempts:
        client.capture(**CALL)
    began = time.monotonic()
    while time.monotonic() - began < 0.3:  # the first pause is half a second at least
        client.capture(**CALL)
    assert transport.attempts == 1
    client.close(timeout=0)


def test_no_storm_at_the_end() -> None:
    """Who waits for everything to be sent tries again each half second, not as fast as it is refused."""
    transport = RecordingTransport(Retryable("away", after_s=0.01))
    client = Client(transport=transport, interval_s=FOREVER_S)
    client.capture(**CALL)
    assert client.flush(0.7).waiting == 1
    assert 1 <= transport.attempts <= 4
    client.close(timeout=0)


def test_file(tmp_path: Path) -> None:
    """A line that was cut does not swallow the next one."""
    path = tmp_path / "calls.jsonl"
    path.write_bytes(b'{"event_id": "cut')
    for _ in range(2):
        with Client(f"file://{path}") as client:
            client.capture(**CALL)
    cut, *whole = path.read_bytes().splitlines()
    assert cut == b'{"event_id": "cut'
    assert [json.loads(line)["provider"] for line in whole] == ["openai", "openai"]


def test_file_url() -> None:
    """A file URL without a path is refused at once."""
    with pytest.raises(ValueError, match="file:///path"):
        Client("file://calls.jsonl")


def test_transport_bug(client: Client, transport: RecordingTransport) -> None:
    """A transport that fails in an unforeseen way loses nothing."""
    transport.failing = ZeroDivisionError()
    client.capture(**CALL)
    assert client.flush(0.1).waiting == 1
    transport.failing = None
    assert client.flush().sent == 1


def test_rejected(client: Client, transport: RecordingTransport) -> None:
    """What the receiver will never take is counted as lost, once."""
    transport.failing = Rejected("400")
    client.capture(**CALL)
    assert client.flush() == _report(0, 0, 1, {"rejected": 1})


class _Small:
    """Takes at most two events at once, and never the one called 5."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def send(self, batch: list[bytes], _: str) -> int:
        ids = [json.loads(line)["event_id"] for line in batch]
        if len(batch) > 2 or "5" in ids:
            raise TooLarge("413")
        self.taken += ids
        return 0


def test_too_large() -> None:
    """A batch that is too large is sent in smaller ones, in order; only what is too large alone is lost."""
    transport = _Small()
    client = Client(transport=transport, interval_s=FOREVER_S)  # type: ignore[arg-type]  # narrower types
    for number in range(9):
        client.capture(**CALL, event_id=str(number))
    assert client.flush() == _report(8, 0, 1, {"too_large": 1})
    assert transport.taken == [str(number) for number in range(9) if number != 5]
    client.close()


def test_closed(client: Client) -> None:
    """What is captured after the end is counted as lost."""
    client.close()
    client.capture(**CALL)
    assert client.report() == _report(0, 0, 1, {"closed": 1})


def test_threads(client: Client, transport: RecordingTransport) -> None:
    """Events of many threads all arrive, each once."""

    def work(name: int) -> None:
        for number in range(200):
            client.capture(**CALL, event_id=f"{name}-{number}")

    threads = [threading.Thread(target=work, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.flush(20) == _report(1600, 0, 0, {})
    assert len({event["event_id"] for event in transport.events}) == 1600


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_fork(client: Client) -> None:
    """A child process has its own queue and thread; what waited is the parent's to send."""
    client.capture(**CALL)
    read, write = os.pipe()
    child = os.fork()
    if not child:
        client.capture(**CALL)
        client.capture(**CALL)
        os.write(write, json.dumps(client.flush(10)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert json.loads(os.read(read, 1000))[:5] == [2, 0, 0, 0, {}]
    assert client.flush() == _report(1, 0, 0, {})


def test_null() -> None:
    """Without a URL nothing is sent and nothing grows."""
    client = Client(None)
    assert client.capture(**CALL)
    assert client.flush() == _report(0, 0, 0, {})


def test_unknown_url() -> None:
    """A URL that cannot be sent to is refused at once, with those that can."""
    with pytest.raises(ValueError, match="use http://, https://, kafka://, file:///path or null:"):
        Client("ftp://example.org")


def test_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process's own client is made from FMWATCH_URL; a wrong one sends nothing and breaks nothing."""
    monkeypatch.setattr("fmwatch.process._client", None)
    monkeypatch.setenv("FMWATCH_URL", "gopher://x")
    assert fmwatch.capture(**CALL)
    assert fmwatch.flush() == _report(0, 0, 0, {})
    transport = RecordingTransport()
    fmwatch.configure(transport=transport)
    fmwatch.capture(**CALL)
    fmwatch.feedback("a", "thumb", value=False)
    fmwatch.change("deploy")
    assert fmwatch.flush().sent == 3
    fmwatch.configure(None)
