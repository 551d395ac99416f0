"""One route on one model as values, before it is HTML: how it does, what changed, who owns it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.console.bins import Bin
from services.console.charts import Chart, Mark, change_label, drawn
from services.console.model import Advised, Card
from services.console.quantile import Quantile
from services.console.records import Alert, Change, Known, Watching, Window
from services.console.sums import Key, Sums
from services.deadlines.deadline import Deadline, days_until
from services.wording.numbers import UNKNOWN, count, digits, percent, usd
from services.wording.watching import watching

HOUR = timedelta(hours=1)
USUAL = timedelta(days=14)  # before the window, to compare with
WIDTHS = (1, 2, 3, 4, 6, 12, 24)  # hours of a bin
MOST_BINS = 168  # a week of hours; more would make the page heavy and nothing clearer
ENOUGH = 100  # calls of an average bin; with fewer, the bands drown the lines
DAY_H = 24  # up to so many hours each is drawn, however few calls it has
P95 = 0.95
DRAWN = ("error", "hallucination", "toxicity", "refusal", "latency", "spend", "tokens")

# signal -> what its share is called, and how many texts of a call it could judge
_RATES = {
    "error": ("calls that failed", 1),
    "hallucination": ("answers with unsupported sentences", 1),
    "toxicity": ("toxic texts", 2),
    "refusal": ("answers that refuse", 1),
    "privacy": ("answers with private data", 1),
    "truncated": ("answers cut at the token limit", 1),
    "unpriced": ("calls without a price", 1),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of health.

    Attributes
    ----------
    now, usual : in words, with their bases: interval and n
    seen : of how many calls or texts it is known
    watching : how far its monitor has come, "" where none says
    """

    name: str
    now: str
    basis: str
    usual: str
    usual_basis: str
    seen: str
    watching: str


@dataclass(frozen=True, slots=True)
class Life:
    """Until when the model lives, as far as anybody has said."""

    text: str
    basis: str


@dataclass(frozen=True, slots=True)
class SeriesPage:
    """One route on one model.

    Attributes
    ----------
    within : alerts on it that are open and began before the time shown: the 14 days before contain them
    window : whole hours; exact : the link to it; presets : title, link and whether it is shown
    misread : the link asked for a time that is none
    """

    now: datetime
    labelled: str
    key: Key
    owner: str
    known: Known
    window: Window
    exact: str
    presets: tuple[tuple[str, str, bool], ...]
    misread: bool
    calls: str
    spent: str
    unpriced: str
    life: Life
    measures: tuple[Measure, ...]
    within: tuple[Alert, ...]
    charts: tuple[Chart, ...]
    bins: tuple[Bin, ...]
    width_h: int
    marks: tuple[Mark, ...]
    alerts: tuple[Card, ...]
    advice: tuple[Advised, ...]


def width(n: int, window: Window) -> timedelta:
    """Return how wide bins are: an hour where calls are many, wider where a page or the calls ask for it."""
    hours = max(1, (window[1] - window[0]) // HOUR)
    if hours <= DAY_H:
        return HOUR
    enough = (each for each in WIDTHS if hours / each <= MOST_BINS and n * each / hours >= ENOUGH)
    return next(enough, WIDTHS[-1]) * HOUR


def measures(now: Sums, before: Sums, states: Sequence[Watching]) -> tuple[Measure, ...]:
    """Return each signal against what was usual before; what nothing supports is a dash."""
    said = {each.signal: _watching(each) for each in states}
    return tuple(
        [_rate(signal, now, before, said.get(signal, "")) for signal in _RATES]
        + [
            Measure(name, *present, *past, seen, said.get(signal, ""))
            for signal, name, (present, past), seen in _quantities(now, before)
        ]
    )


def charts(
    bins: Sequence[Bin],
    before: Sums,
    alerts: Sequence[Alert],
    changes: Sequence[Change],
) -> tuple[Chart, ...]:
    """Return what can be drawn; a line is dashed where it was before, and the newest trouble shaded."""
    found = []
    for signal in DRAWN:
        own = [each for each in alerts if each.signal == signal]
        alert = max(own, key=lambda each: each.began_at, default=None)
        found.append(
            drawn(
                f"series-{signal}",
                signal,
                bins,
                P95,
                reference=_reference(signal, before),
                began=alert.began_at if alert else None,
                ended=alert.resolved_at if alert else None,
                changes=changes,
                against="14 days before",
            )
        )
    return tuple(chart for chart in found if chart.drawn)


def life(deadline: Deadline | None, now: datetime) -> Life:
    """Return how long the model lives; unknown is said as such."""
    if deadline is None or deadline.state == "gone":
        return Life("no last day known", "")
    left = days_until(deadline.day, now)
    said = (
        f"{left} days left" if left > 1 else "1 day left" if left == 1 else "ends today" if left == 0 else ""
    )
    until = f"{deadline.day:%d %b %Y}"
    word = "announced" if deadline.state == "announced" else "promised until then"
    source = f"says {deadline.about.source}" if deadline.about.source else ""
    return Life(said or f"over since {until}", ", ".join(part for part in (until, word, source) if part))


def changes_of(key: Key, changes: Sequence[Change]) -> list[Change]:
    """Return the changes that may concern a route on a model."""
    return [
        change
        for change in changes
        if change.tenant == key.tenant
        and change.route in {"", key.route}
        and change.platform in {"", key.platform}
        and change.model in {"", key.model}
    ]


def marks(changes: Sequence[Change]) -> tuple[Mark, ...]:
    """Return changes in words, the newest first."""
    said = [
        Mark(
            each.at,
            " ".join(part for part in (change_label(each), f"by {each.by}" if each.by else "") if part),
        )
        for each in changes
    ]
    return tuple(sorted(said, key=lambda mark: mark.at, reverse=True))


def spent(sums: Sums) -> tuple[str, str]:
    """Return what calls cost, and how many of them have no price and are not in it."""
    unpriced = f"{count(sums.unpriced_n)} calls without a price are not in it" if sums.unpriced_n else ""
    return (usd(sums.cost_usd) if sums.priced_n else UNKNOWN), unpriced


def _rate(signal: str, now: Sums, before: Sums, said: str) -> Measure:
    name, texts = _RATES[signal]
    present, past = now.rate(signal), before.rate(signal)
    assert present is not None  # noqa: S101 -- both are of the same table
    assert past is not None  # noqa: S101 -- same
    of = max(present.n, now.n * texts)
    things = "texts" if texts > 1 else "calls"
    return Measure(
        name,
        percent(present.share),
        f"{present.between}, n {count(present.n)}" if present.n else "nothing to judge",
        percent(past.share),
        f"{past.between}, n {count(past.n)}" if past.n else "",
        f"{count(present.n)} of {count(of)} {things}" if of else UNKNOWN,
        said,
    )


def _quantities(
    now: Sums, before: Sums
) -> Sequence[tuple[str, str, tuple[tuple[str, str], tuple[str, str]], str]]:
    """Return signal, name, the present and the usual value with their bases, and of how many calls."""
    latency, ttft = (sum(each.values()) for each in (now.latency_histogram, now.ttft_histogram))
    return (
        ("latency", "latency, median", (_latency(now, 0.5), _latency(before, 0.5)), _seen(latency, now)),
        ("latency", "latency, p95", (_latency(now, P95), _latency(before, P95)), _seen(latency, now)),
        ("ttft", "time to first token, p95", (_ttft(now), _ttft(before)), _seen(ttft, now)),
        ("spend", "USD per priced call", (_spend(now), _spend(before)), _seen(now.priced_n, now)),
        ("tokens", "tokens per call", (_tokens(now), _tokens(before)), _seen(now.usage_n, now)),
    )


def _latency(sums: Sums, share: float) -> tuple[str, str]:
    return _timed(sums.latency(share))


def _ttft(sums: Sums) -> tuple[str, str]:
    return _timed(sums.ttft(P95))


def _timed(found: Quantile) -> tuple[str, str]:
    basis = (found.between, f"n {count(found.n)}" if found.n else "")
    return found.text, ", ".join(part for part in basis if part)


def _spend(sums: Sums) -> tuple[str, str]:
    return usd(sums.cost_per_call), f"of all {count(sums.priced_n)}" if sums.priced_n else ""


def _tokens(sums: Sums) -> tuple[str, str]:
    value = sums.tokens_per_call
    return (UNKNOWN, "") if value is None else (digits(value), f"of all {count(sums.usage_n)}")


def _seen(n: int, sums: Sums) -> str:
    return f"{count(n)} of {count(sums.n)} calls" if sums.n else UNKNOWN


def _watching(each: Watching) -> str:
    ready = f"{each.ready_at:%d %b %Y}" if each.ready_at else ""
    return watching(each.state, each.watched, ready, f"{each.last_at:%d %b %Y}" if each.last_at else "")


def _reference(signal: str, before: Sums) -> float | None:
    rate = before.rate(signal)
    if rate is not None:
        return rate.share
    return {
        "latency": before.latency(P95).value,
        "spend": before.cost_per_call,
        "tokens": before.tokens_per_call,
    }[signal]
