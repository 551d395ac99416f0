"""The past goes over the wire as it is: arrays, leaves, numbers that are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime

import numpy as np
import pytest
from fmwatch.event import Change
from starlette.applications import Starlette
from starlette.testclient import TestClient

from detectors.monitors.base import Leaf, Observations, Signal, Transit
from detectors.monitors.testing import MONDAY, Shift, Stream, simulate
from services.access.door import LocalDoor
from services.rules.history import PastAlert
from services.rules.remote import ServerHistory
from services.rules.routes import history_routes, packed, unpacked
from store.errors import StoreError, StoreUnavailable
from tests.services.alerter.signals import GPT, signal

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
LEAF = Leaf("acme", "azure", "support/answer", "gpt-4o")
CALLS = replace(
    simulate([Stream(LEAF, "support", shifts=(Shift("served", 1.0, 0.5),))], days=1, seed=1),
    transits=[Transit("acme", "support", MONDAY, 3, 1, 4, {"queue_full": 1})],
)


class Past:
    """A past that is made up."""

    def span(self) -> tuple[int, int] | None:
        return (MONDAY, MONDAY + 1440)

    def fleet(self, since: datetime, until: datetime) -> Mapping[Leaf, str]:
        return {LEAF: "support"} if since < until else {}

    def observations(self, start: int, end: int) -> Observations:
        return replace(CALLS, start=start, end=end)

    def calendar(self, since: datetime, until: datetime) -> Sequence[Signal]:
        return [signal("lifecycle", GPT, observed=float("nan"), low=float("nan"))] if since < until else []

    def changes(self, since: datetime, until: datetime) -> Sequence[Change]:
        return (
            [Change(at=NOW, kind="prompt", tenant="acme", from_="v1", until=until)] if since < until else []
        )

    def alerts(self, since: datetime) -> Sequence[PastAlert]:
        if since < NOW:
            raise StoreUnavailable("the store is away")
        return [PastAlert("a1", "error", "acme", ("support/answer",), since, "false")]


@pytest.fixture
def server() -> ServerHistory:
    """Return the past of a server, asked over HTTP."""
    app = Starlette(routes=history_routes(Past(), LocalDoor()))
    return ServerHistory(TestClient(app, base_url="http://127.0.0.1:8765", client=("127.0.0.1", 40_000)))


def same(one: Observations, other: Observations) -> bool:
    """Tell whether two observations are the same, NaN equal to NaN."""
    for column in fields(Observations):
        mine, theirs = getattr(one, column.name), getattr(other, column.name)
        if isinstance(mine, np.ndarray):
            np.testing.assert_array_equal(mine, theirs)
            assert mine.dtype == theirs.dtype
        elif isinstance(mine, int):
            assert mine == theirs
        else:
            assert list(mine) == list(theirs)
    return True


def test_packed() -> None:
    """Packed and unpacked, observations are what they were, down to the types of columns."""
    assert same(unpacked(packed(CALLS)), CALLS)


def test_asked(server: ServerHistory) -> None:
    """Whatever is asked of a server is what its past says."""
    past = Past()
    later = datetime(2026, 11, 3, tzinfo=UTC)
    assert server.span() == past.span()
    assert server.fleet(NOW, later) == past.fleet(NOW, later)
    assert same(server.observations(MONDAY, MONDAY + 60), past.observations(MONDAY, MONDAY + 60))
    (found,) = server.calendar(NOW, later)
    assert found.observed != found.observed
    known = replace(
        past.calendar(NOW, later)[0], observed=1.0, low=1.0, teams=[], examples=list(found.examples)
    )
    assert replace(found, observed=1.0, low=1.0, routes=tuple(found.routes)) == known
    assert server.changes(NOW, later) == past.changes(NOW, later)
    assert server.alerts(NOW) == past.alerts(NOW)


def test_refused(server: ServerHistory) -> None:
    """More than a day at once is refused, and a store that is away is away for the command too."""
    with pytest.raises(StoreError, match="1440 minutes at most"):
        server.observations(MONDAY, MONDAY + 1441)
    with pytest.raises(StoreUnavailable, match="the store is away"):
        server.alerts(datetime(2026, 1, 1, tzinfo=UTC))
    assert server.client.get("/api/history/else").status_code == 404
    assert server.client.get("/api/history/fleet", params={"since": "x"}).status_code == 400
