"""Time series as the browser draws them, with a 95 % band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.console.bins import ENOUGH, HOUR, Bin, bins, judged, whole_hour
from services.console.quantile import needed
from services.console.records import Alert, Change
from services.console.sums import Hour, Sums, total
from services.wording.numbers import moment, quantity, span

LEAST = 20
BAD_ENOUGH = 10  # bad calls to expect in a bin during the trouble
BEFORE = timedelta(days=4)  # of usual life shown before the trouble
AFTER = timedelta(days=2)
LABELS = {
    "error": "share of calls that failed",
    "hallucination": "share of judged answers with unsupported sentences",
    "toxicity": "share of judged texts that are toxic",
    "refusal": "share of answers that refuse",
    "privacy": "share of answers with private data",
    "truncated": "share of answers that stop at the token limit",
    "unpriced": "share of calls without a price",
    "model_changed": "share of answers that the new model gave",
    "latency": "latency of successful calls, {quantile}",
    "ttft": "time to first token, {quantile}",
    "spend": "USD per priced call",
    "tokens": "tokens per call",
}
MEDIAN = 0.5
NEAR = 1.5  # how far a reference may lie from the usual value and still be the same quantity
COMPANIONS = {
    "hallucination": ("latency", "spend"),
    "toxicity": ("latency", "refusal"),
    "refusal": ("latency", "spend"),
    "truncated": ("tokens", "latency"),
    "error": ("latency",),
    "latency": ("error", "tokens"),
    "spend": ("tokens", "latency"),
    "tokens": ("spend", "latency"),
    "model_changed": ("latency", "spend", "refusal"),
    "prompt_drift": ("refusal", "tokens"),
    "response_drift": ("refusal", "tokens"),
}
TIMES = ("latency", "ttft")
UNITS = {"latency": "ms", "ttft": "ms", "spend": "usd", "tokens": "tokens", "calls": "calls"}


@dataclass(frozen=True, slots=True)
class Mark:
    """A change, drawn where it happened."""

    at: datetime
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """One bin as a line of the table under a chart."""

    start: str
    end: str
    value: str
    interval: str
    n: int


@dataclass(frozen=True, slots=True)
class Chart:
    """One quantity over time, with what happened to it.

    Attributes
    ----------
    value, low, high : per bin; None where the bin holds nothing to judge; no band for means and sums, and one
        without an upper end where too few calls tell it
    n, of : calls of the bin, and on how many its value rests
    reference : what is usual, None where the alert measured something else
    against : what the reference is called
    until : up to where the time is shown, None for the last bin
    """

    id: str
    label: str
    unit: str
    start: tuple[datetime, ...]
    end: tuple[datetime, ...]
    value: tuple[float | None, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    n: tuple[int, ...]
    of: tuple[int, ...]
    reference: float | None
    began: datetime | None
    ended: datetime | None
    marks: tuple[Mark, ...]
    against: str = "usual"
    until: datetime | None = None

    @property
    def drawn(self) -> bool:
        """There is a line to draw."""
        return sum(value is not None for value in self.value) > 1

    def table(self, now: datetime) -> list[Line]:
        """Return the same as text, newest first."""
        columns = zip(self.start, self.end, self.value, self.low, self.high, self.of, strict=True)
        return [
            Line(
                moment(start, now),
                moment(end, now),
                quantity(value, self.unit),
                span(low, high, self.unit) or "-",
                n,
            )
            for start, end, value, low, high, n in columns
        ][::-1]

    def said(self, place: int) -> str:
        """Return one bin in words: the value, with its interval where it has one."""
        between = span(self.low[place], self.high[place], self.unit)
        value = quantity(self.value[place], self.unit)
        return f"{value} ({between})" if between else value

    def to_json(self) -> dict[str, object]:
        """Return what the browser's script reads; times in seconds."""
        return {
            "id": self.id,
            "label": self.label,
            "unit": self.unit,
            "x": [
                (start.timestamp() + end.timestamp()) / 2
                for start, end in zip(self.start, self.end, strict=True)
            ],
            "value": _short(self.value),
            "low": _short(self.low),
            "high": _short(self.high),
            "n": self.n,
            "of": self.of if self.of != self.n else None,
            "reference": self.reference,
            "against": self.against,
            "until": self.until.timestamp() if self.until else None,
            "began": self.began.timestamp() if self.began else None,
            "ended": self.ended.timestamp() if self.ended else None,
            "marks": [{"at": mark.at.timestamp(), "label": mark.label} for mark in self.marks],
        }


def _short(values: Sequence[float | None]) -> list[float | None]:
    """Return values with the digits that a screen can show: they are half of a page's weight otherwise."""
    return [None if value is None else float(f"{value:.4g}") for value in values]


def window(alert: Alert, now: datetime) -> tuple[datetime, datetime]:
    """Return the time an alert's charts show: some usual life before it, and what came after."""
    until = min(now, (alert.resolved_at or now) + AFTER)
    return alert.began_at - BEFORE, max(until, alert.detected_at + HOUR)


def charts(
    alert: Alert,
    hours: Sequence[Hour],
    changes: Sequence[Change],
    until: datetime,
    *,
    companions: bool = False,
) -> list[Chart]:
    """Return the chart of what an alert is about, and of what else may have moved with it, up to a moment."""
    known = alert.signal in LABELS and any(judged(hour.sums, alert.signal) for hour in hours)
    own = alert.signal if known else "calls"
    others = COMPANIONS.get(alert.signal, ()) if companions or alert.signal not in LABELS else ()
    drawn = [chart(signal, alert, hours, changes, until) for signal in (own, *others)]
    return [each for each in drawn if each.drawn]


def chart(
    signal: str, alert: Alert, hours: Sequence[Hour], changes: Sequence[Change], until: datetime
) -> Chart:
    """Return one quantity over the hours given, and up to a moment also over those without a call."""
    borders = [whole_hour(moment) for moment in (alert.began_at, alert.resolved_at) if moment]
    share = float(alert.facts.get("quantile", MEDIAN)) if signal == alert.signal else MEDIAN
    enough = max(ENOUGH, needed(share)) if signal in TIMES else ENOUGH
    merged = bins(hours, borders, signal, enough_within(alert, enough), until, enough=enough)
    before = total(hour.sums for hour in hours if hour.at + HOUR <= alert.began_at)
    reference = alert.reference if signal == alert.signal else None
    kept = reference if _comparable(_value(before, signal, share), reference) else None
    return drawn(
        f"{alert.id}-{signal}",
        signal,
        merged,
        share,
        # What is missed is counted by the hour, as the chart of calls is.
        reference=alert.reference if (alert.signal, signal) == ("silence", "calls") else kept,
        began=alert.began_at,
        ended=alert.resolved_at,
        changes=changes,
        until=until,
    )


def drawn(
    name: str,
    signal: str,
    merged: Sequence[Bin],
    share: float,
    *,
    reference: float | None,
    began: datetime | None,
    ended: datetime | None,
    changes: Sequence[Change],
    against: str = "usual",
    until: datetime | None = None,
) -> Chart:
    """Return one quantity over bins; no call is a known number of calls, and of all else nothing.

    Parameters
    ----------
    share : which quantile, where the quantity has some
    began, ended : of the trouble that is shaded; no trouble is shaded without a beginning
    """
    values = [_value(each.sums, signal, share) for each in merged]
    return Chart(
        id=name,
        label=LABELS.get(signal, "calls per hour").format(quantile=_named(share)),
        unit=UNITS.get(signal, "ratio"),
        start=tuple(each.start for each in merged),
        end=tuple(each.end for each in merged),
        value=tuple(
            value[0] if each.sums.n or signal == "calls" else None
            for value, each in zip(values, merged, strict=True)
        ),
        low=tuple(value[1] for value in values),
        high=tuple(value[2] for value in values),
        n=tuple(each.sums.n for each in merged),
        of=tuple(judged(each.sums, signal) for each in merged),
        reference=reference,
        began=began,
        ended=ended,
        marks=tuple(Mark(change.at, change_label(change)) for change in changes),
        against=against,
        until=until,
    )


def enough_within(alert: Alert, usually: int = ENOUGH) -> int:
    """Return how many calls a bin needs during the trouble: where much is bad, few calls show it."""
    expected = alert.observed if alert.unit == "ratio" and alert.observed else 0.0
    return usually if expected <= 0 else max(LEAST, min(ENOUGH, round(BAD_ENOUGH / expected)))


def change_label(change: Change) -> str:
    """Return a change in a few words."""
    moved = f"{change.from_} → {change.to}" if change.from_ and change.to else change.to or change.note
    return f"{change.kind} {moved}".strip()


def _named(share: float) -> str:
    return "median" if share == MEDIAN else f"p{100 * share:g}"


def _comparable(before: tuple[float | None, float | None, float | None], reference: float | None) -> bool:
    """Tell whether the alert's reference is the quantity that is drawn.

    A monitor may watch a score's tail where the chart has the label's share; its reference would mislead.
    """
    value, low, high = before
    if reference is None or value is None:
        return False
    low, high = (value, value) if low is None or high is None else (low, high)
    return low / NEAR <= reference <= high * NEAR


def _value(sums: Sums, signal: str, share: float) -> tuple[float | None, float | None, float | None]:
    rate = sums.rate(signal)
    if rate is not None:
        return (rate.share, *rate.interval) if rate.n else (None, None, None)
    if signal in TIMES:
        found = sums.latency(share) if signal == "latency" else sums.ttft(share)
        return found.value, found.low, found.high
    plain = {"spend": sums.cost_per_call, "tokens": sums.tokens_per_call}
    return plain.get(signal, float(sums.n)), None, None
