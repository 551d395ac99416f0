"""Time series: enough calls in a bin, no mixing of usual life with trouble."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from statistics import NormalDist

import numpy as np
import pytest

from services.console.bins import ENOUGH, bins
from services.console.charts import chart, charts, enough_within, window
from services.console.quantile import ends
from services.console.records import Alert
from services.console.sums import Hour, Sums, total
from store.sums import HISTOGRAM_BASE
from tests.services.console.fleet import Fleet, bucket
from tests.services.console.made import BAD_ANSWER, HOUR, NOW, OUTAGE, RETIRING, STOPPED

FLEET = Fleet()


def hours(counts: list[int], bad: int = 0) -> list[Hour]:
    """Return hours with these calls, the last one just before now."""
    first = NOW.replace(minute=0) - HOUR * len(counts)
    return [Hour(first + HOUR * place, Sums(n=n, errors=min(bad, n))) for place, n in enumerate(counts)]


def test_merged() -> None:
    """Neighbouring hours merge until they hold enough, and none is lost."""
    merged = bins(hours([150] * 10), [], "error")
    assert [each.sums.n for each in merged] == [300] * 5
    assert merged[0].end == merged[1].start


def test_borders() -> None:
    """A bin ends where the trouble begins, however few calls it holds."""
    some = hours([30] * 6)
    merged = bins(some, [some[2].at], "error")
    assert [each.sums.n for each in merged] == [60, 120]


def test_sooner_in_trouble() -> None:
    """Where a fifth of the calls fail, few of them show it."""
    assert enough_within(OUTAGE) == 45
    assert enough_within(BAD_ANSWER) == 123
    assert enough_within(RETIRING) == ENOUGH


def test_longest() -> None:
    """A route with hardly any calls still gets a bin a day."""
    assert [each.sums.n for each in bins(hours([1] * 72), [], "error")] == [24, 24, 24]


def test_nothing_to_judge() -> None:
    """A bin without anything to judge has no value, not a zero."""
    drawn = chart("hallucination", BAD_ANSWER, hours([300, 300]), [], NOW)
    assert drawn.value == (None,)
    assert not drawn.drawn


def test_reference() -> None:
    """The usual value is drawn where it is the quantity of the chart, and left out where it is not."""
    since, until = window(BAD_ANSWER, NOW)
    (some,) = FLEET.hours([BAD_ANSWER], [(since, until)])
    assert chart("hallucination", BAD_ANSWER, some, [], NOW).reference == 0.027
    tail = replace(BAD_ANSWER, reference=0.2)
    assert chart("hallucination", tail, some, [], NOW).reference is None
    assert chart("refusal", BAD_ANSWER, some, [], NOW).reference is None


@pytest.mark.parametrize(
    ("facts", "label", "band"),
    [
        ({}, "median", (490, 520)),
        ({"quantile": "0.75"}, "p75", (490, 520)),
        ({"quantile": "0.95"}, "p95", (490, 4200)),
    ],
)
def test_quantile(facts: dict[str, str], label: str, band: tuple[float, float]) -> None:
    """A latency alert draws the quantile that it is about, with its interval and of how many calls it is."""
    alert = replace(BAD_ANSWER, signal="latency", unit="ms", reference=500.0, facts=facts)
    sums = Sums(n=310, errors=10, latency_histogram={bucket(500): 280, bucket(4000): 20})
    drawn = chart("latency", alert, [Hour(NOW - HOUR, sums)], [], NOW)
    assert drawn.label == f"latency of successful calls, {label}"
    low, high = drawn.low[0], drawn.high[0]
    assert low is not None
    assert high is not None
    assert band[0] < low < high < band[1]
    assert (drawn.n[0], drawn.of[0], drawn.table(NOW)[0].n, drawn.to_json()["of"]) == (310, 300, 300, (300,))


def test_enough() -> None:
    """Bins of the slowest calls grow until the interval has an upper end."""
    slow = replace(BAD_ANSWER, signal="latency", unit="ms", facts={"quantile": "0.99"}, began_at=NOW - HOUR)
    some = [
        Hour(NOW - HOUR * back, Sums(n=200, latency_histogram={bucket(500): 200})) for back in range(9, 0, -1)
    ]
    drawn = chart("latency", slow, some, [], NOW)
    assert drawn.of[:2] == (600, 600)
    assert None not in drawn.high[:2]


@pytest.mark.parametrize(
    ("n", "between"),
    [(400, "111-115 ms"), (10, "at least 111 ms"), (2, "at least 111 ms"), (1, ""), (0, "")],
)
def test_few(n: int, between: str) -> None:
    """What so few calls cannot tell of the slowest is open above; it does not end at the slowest call."""
    found = Sums(latency_histogram={120: n} if n else {}).latency(0.95)
    assert (found.n, found.between) == (n, between)
    assert found.text == ("113 ms" if n else "-")


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
@pytest.mark.parametrize("n", [3, 20, 80, 600, 5000])
def test_interval_holds(n: int, share: float) -> None:
    """Of calls drawn at random, 95 % or more of the intervals hold the true quantile, of few and of many."""
    dice, draws = np.random.default_rng(5), 400
    true = math.exp(6 + 0.5 * NormalDist().inv_cdf(share))
    held = 0
    for _ in range(draws):
        found = np.floor(np.log(dice.lognormal(6, 0.5, n)) / math.log(HISTOGRAM_BASE)).astype(int)
        low, high = ends(Counter(found.tolist()), share)
        held += low <= true and (high is None or true <= high)
    assert held >= 0.94 * draws


def test_companions() -> None:
    """An alert's own page also shows what may have moved with it."""
    since, until = window(BAD_ANSWER, NOW)
    (some,) = FLEET.hours([BAD_ANSWER], [(since, until)])
    assert len(charts(BAD_ANSWER, some, [], NOW)) == 1
    assert [each.unit for each in charts(BAD_ANSWER, some, [], NOW, companions=True)] == [
        "ratio",
        "ms",
        "usd",
    ]


def test_json() -> None:
    """The browser gets plain numbers, and every column is as long as the others."""
    since, until = window(OUTAGE, NOW)
    (some,) = FLEET.hours([OUTAGE], [(since, until)])
    drawn = json.loads(json.dumps(charts(OUTAGE, some, FLEET.changes_, NOW)[0].to_json(), allow_nan=False))
    assert len({len(drawn[name]) for name in ("x", "value", "low", "high", "n")}) == 1
    assert sum(drawn["n"]) == total(hour.sums for hour in some).n
    assert drawn["marks"][0]["label"] == "prompt v13 → v14"


def stopped(alert: Alert = STOPPED, signal: str = "calls", back: int = 0) -> list[tuple[int, float | None]]:
    """Return n and value of each bin of calls that stopped five hours ago, as so many before that drew."""
    some = hours([300] * 10 + [0] * 5)[:10] + (hours([300] * back) if back else [])
    drawn = chart(signal, alert, some, [], NOW)
    return list(zip(drawn.n, drawn.value, strict=True))


def test_stop() -> None:
    """Where no calls come their number is known: it falls to 0 hour by hour, also in the table."""
    assert stopped() == [(300, 300.0)] * 10 + [(0, 0.0)] * 5
    assert stopped(back=2) == [(300, 300.0)] * 10 + [(0, 0.0)] * 3 + [(300, 300.0)] * 2
    drawn = chart("calls", STOPPED, hours([300] * 10 + [0] * 5)[:10], [], NOW)
    assert (drawn.table(NOW)[0].end, drawn.table(NOW)[0].value) == ("03:00", "0 calls")
    written = drawn.to_json()
    assert (written["until"], written["reference"]) == (NOW.timestamp(), 300.0)
    assert drawn.began == STOPPED.began_at
    over = chart("calls", STOPPED, hours([300] * 10 + [0] * 5)[:10], [], NOW - 3 * HOUR)
    assert len(over.n) == 12


def test_gap() -> None:
    """Of what is not known without calls the line breaks, and does not end as if all were well."""
    assert stopped(signal="error") == [(300, 0.0)] * 10 + [(0, None)]
    assert stopped(signal="error", back=2) == [(300, 0.0)] * 10 + [(0, None)] + [(300, 0.0)] * 2
    drawn = chart("error", STOPPED, hours([300] * 10 + [0] * 5)[:10], [], NOW)
    assert (drawn.start[-1], drawn.end[-1]) == (STOPPED.began_at, NOW.replace(minute=0))
    assert drawn.table(NOW)[0].value == "-"


def test_seldom() -> None:
    """A route that is called every few hours has no gaps: that is how it is."""
    some = hours([50, 0, 0, 0] * 12)[::4]
    assert {each.sums.n for each in bins(some, [], "error", until=NOW)} == {200}
    assert [each.sums.n for each in bins(some, [], "error", until=NOW + 24 * HOUR)] == [200, 200, 200, 0]


def test_no_hours() -> None:
    """Without any call in the time there is nothing to draw, whatever it is."""
    assert bins([], [], "calls", until=NOW) == bins([], [], "error", until=NOW) == []


def test_window() -> None:
    """The window starts in usual life and ends soon after the trouble."""
    since, until = window(replace(OUTAGE, resolved_at=OUTAGE.began_at + HOUR), NOW + timedelta(days=30))
    assert since < OUTAGE.began_at
    assert until < NOW + timedelta(days=3)
