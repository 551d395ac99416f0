"""What clients say they have counted, whoever they are and however often they say it."""

import pytest

from services.gateway.counts import ClientCounts
from stream.meter import Meter


@pytest.fixture
def counts() -> ClientCounts:
    """A gateway that has just begun."""
    return ClientCounts(Meter("gateway"))


def _metric(counts: ClientCounts, name: str) -> float:
    lines = counts.meter.text().decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"fmwatch_client_{name}"))


def test_adds(counts: ClientCounts) -> None:
    """What is new is added up, over clients and requests; a level is none of it."""
    counts.note("client=a; team=support; captured=10/10; queue_full=3/3; sent=7; waiting=0; spooled=0")
    counts.note("client=a; captured=15/5; queue_full=3/0; redaction_failed=2/2")
    counts.note("client=b; captured=1/1, client=c; captured=4/4; killed=4/4")
    assert counts.lost == {"queue_full": 3, "killed": 4}
    assert _metric(counts, "captured_events_total") == 20
    assert _metric(counts, "stripped_events_total") == 2
    assert _metric(counts, "lost_events_total") == 7


def test_repeated(counts: ClientCounts) -> None:
    """A client whose answer was lost says the same again, and more; that counts once."""
    for header in ("queue_full=3/3", "queue_full=3/3", "queue_full=5/5", "queue_full=5/2"):
        counts.note(f"client=a; {header}")
    assert counts.lost == {"queue_full": 5}


def test_unknown_before(counts: ClientCounts) -> None:
    """After a restart, or beside another gateway, only what nobody has confirmed is new."""
    counts.note("client=a; queue_full=100/2")
    assert counts.lost == {"queue_full": 2}


def test_bounded() -> None:
    """However many clients there are, only the latest are remembered."""
    counts = ClientCounts(Meter("gateway"), most=2)
    for client in "abca":
        counts.note(f"client={client}; queue_full=1/1")
    assert len(counts._seen) == 2
    assert counts.lost == {"queue_full": 4}  # a was forgotten, and said it again


@pytest.mark.parametrize(
    "header",
    [
        *["", ",", ";;;", "client=; queue_full=1/1", "queue_full=1/1", "client=a b; queue_full=1/1"],
        *["client=a; queue_full=1", "client=a; queue_full=-1/1", "client=a; queue_full=1/x"],
        *["client=a; queue_full=0/5", "client=a; queue_full=" + "9" * 13 + "/1"],
        *["client=" + "a" * 65 + "; queue_full=1/1", "x" * 9_000 + ",client=a; queue_full=1/1"],
        "client=a; queue_full=\u0663/\u0663",
    ],
)
def test_nonsense(header: str, counts: ClientCounts) -> None:
    """What is no account, or no number, is ignored."""
    counts.note(header)
    assert counts.lost.total() == 0


def test_made_up(counts: ClientCounts) -> None:
    """Reasons that nobody knows are one."""
    counts.note("client=a; made_up=1/1; another=2/2")
    assert counts.lost == {"other": 3}
