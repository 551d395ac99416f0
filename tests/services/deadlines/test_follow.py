"""What becomes of a deadline from one day to the next."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from services.advisor.catalogue import Catalogue
from services.deadlines.deadline import Deadline, State, as_row, deadline_of
from services.deadlines.follow import Sight, follow, sights
from tests.services.advisor.conftest import usage
from tests.services.deadlines.days import ABOUT, NOW, deadline

LATER = NOW + timedelta(days=1)
DAY = date(2026, 12, 1)


def _next(before: Deadline | None, sight: Sight | None) -> list[Deadline]:
    key = deadline().key
    return follow({key: before} if before else {}, {key: sight} if sight else {}, LATER)


def test_new() -> None:
    """What is seen for the first time is told in its first version."""
    assert _next(None, Sight("announced", DAY, ABOUT)) == [deadline(made_at=LATER, changed_at=LATER)]


def test_unchanged() -> None:
    """What stays as it was is not written again."""
    assert _next(deadline(), Sight("announced", DAY, ABOUT)) == []


@pytest.mark.parametrize(("state", "day"), [("announced", date(2027, 1, 1)), ("promised", DAY)])
def test_moved(state: State, day: date) -> None:
    """A day that moves, or is only promised now, is the next version."""
    (found,) = _next(deadline(sequence=3), Sight(state, day, ABOUT))
    assert (found.state, found.day, found.sequence, found.changed_at) == (state, day, 4, LATER)
    assert found.made_at == NOW


def test_told_anew() -> None:
    """More traffic is told as a change, but is no new version of the day."""
    (found,) = _next(deadline(), Sight("announced", DAY, msgspec.structs.replace(ABOUT, share=0.8)))
    assert (found.sequence, found.changed_at, found.about.share) == (0, LATER, 0.8)


def test_gone() -> None:
    """A day that is taken back, and one of a model without traffic, are called off with the reason, once."""
    (taken_back,) = _next(deadline(), Sight("promised", None, ABOUT))
    (moved_away,) = _next(deadline(), None)
    assert (taken_back.state, taken_back.sequence) == ("gone", 1)
    assert "taken back" in taken_back.about.why_gone
    assert "No call" in moved_away.about.why_gone
    assert _next(moved_away, None) == []


def test_back() -> None:
    """What was called off and holds again is the next version."""
    off = deadline(state="gone", sequence=1)
    (found,) = _next(off, Sight("announced", DAY, ABOUT))
    assert (found.state, found.sequence) == ("announced", 2)


def test_past() -> None:
    """A day that has come stays as it was, though the traffic has gone since; nothing is made of no day."""
    assert _next(deadline(day=NOW.date()), None) == []
    assert _next(None, Sight("promised", None, ABOUT)) == []


def test_shown() -> None:
    """What was over or called off three months ago is in no calendar any more."""
    assert deadline(day=NOW.date() - timedelta(days=90)).shown(NOW)
    assert not deadline(day=NOW.date() - timedelta(days=92)).shown(NOW)
    off = deadline(state="gone")
    assert off.shown(NOW + timedelta(days=90))
    assert not off.shown(NOW + timedelta(days=91))


def test_row() -> None:
    """A deadline comes back from its row as it was."""
    row = as_row(deadline(), NOW)
    assert deadline_of({name: value for name, value in row.items() if name != "updated_at"}) == deadline()


def _owner(route: str) -> str:
    return "support-oncall" if route.startswith("support/") else ""


def test_sights(catalogue: Catalogue) -> None:
    """An announced end has its day and source; what nobody dates has none; what is not called is not seen."""
    today = catalogue.as_of
    recent: dict[str, Any] = {"last_at": NOW}
    found = sights(
        [
            usage("openai/gpt-3.5-turbo-1106", "search/rank", **recent, n=10, share=0.1, team="search"),
            usage("openai/gpt-3.5-turbo-1106", share=0.304, **recent),
            usage("openai/no-such-model", **recent),
            usage("openai/gpt-4-0314", last_at=NOW - timedelta(days=9)),
        ],
        catalogue,
        today,
        _owner,
    )
    assert set(found) == {
        ("default", "openai", "gpt-3.5-turbo-1106"),
        ("default", "openai", "no-such-model"),
    }
    ending = found["default", "openai", "gpt-3.5-turbo-1106"]
    assert (ending.state, ending.day) == ("announced", date(2026, 9, 28))
    assert ending.about.share == 0.4
    assert ending.about.routes == ("support/answer", "search/rank")
    assert ending.about.owners == ("support-oncall", "search")
    assert ending.about.url.startswith("https://")
    assert found["default", "openai", "no-such-model"].day is None
