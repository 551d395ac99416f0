import os
from pathlib import Path

from bench.ingest import _bodies
from bench.ingest_servers import busy_s, peers
from bench.mix import halves
from stream.otlp.calls import calls
from stream.otlp.wire import spans_of_protobuf


def test_bodies() -> None:
    """Every span that is sent is a call that the gateway takes, each time another one."""
    events = halves(450)[0]
    found = [calls(spans_of_protobuf(body)) for body in (*_bodies(events), *_bodies(events))]
    assert [len(one.events) for one in found] == [200, 200, 50] * 2
    assert all(one.rejects == [] and one.skipped == 0 for one in found)
    assert len({event["event_id"] for one in found for event in one.events}) == 900


def test_no_peers(tmp_path: Path) -> None:
    """Where no peer is installed there is none to compare with."""
    assert peers(tmp_path) == []


def test_busy() -> None:
    """A process has kept a processor busy for some time."""
    assert busy_s(os.getpid()) > 0
