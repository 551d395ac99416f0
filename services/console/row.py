"""One line of the fleet: a route on a model, in which state it is, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.console.place import series_address
from services.console.quantile import Quantile
from services.console.records import Alert
from services.console.sums import Key, Leaf, Rate
from services.wording.advice import Advice, sentence
from services.wording.numbers import lasting, usd

LEARNING = timedelta(days=14)
SILENT = timedelta(hours=24)
# state -> shape; the word is the state itself, so that neither colour nor shape is needed to read it
SHAPES = {"page": "■", "ticket": "▲", "info": "●", "usual": "○", "learning": "◌", "no calls": "✕"}
RATES = ("error", "hallucination", "toxicity", "refusal")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the fleet; only of lines that are shown, a part of them, its words are made.

    Attributes
    ----------
    worst : the first open alert that touches it; mine : the most pressing advice on it
    """

    state: str
    leaf: Leaf
    worst: Alert | None
    mine: Advice | None
    now: datetime

    @property
    def shape(self) -> str:
        return SHAPES[self.state]

    @property
    def key(self) -> Key:
        return self.leaf.key

    @property
    def address(self) -> str:
        return series_address(self.key)

    @property
    def says(self) -> str:
        return _says(self.leaf, self.worst, self.state, self.now)

    @property
    def alert_id(self) -> str:
        return self.worst.id if self.worst else ""

    @property
    def rates(self) -> tuple[Rate, ...]:
        return tuple(rate for signal in RATES if (rate := self.leaf.day.rate(signal)) is not None)

    @property
    def p95(self) -> Quantile:
        return self.leaf.day.latency(0.95)

    @property
    def spent(self) -> float | None:
        return self.leaf.day.cost_usd if self.leaf.day.priced_n else None

    @property
    def usd(self) -> str:
        return usd(self.spent)

    @property
    def unpriced(self) -> int:
        return self.leaf.day.unpriced_n

    @property
    def calls(self) -> int:
        return self.leaf.day.n

    @property
    def spark(self) -> str:
        return spark(self.leaf.calls)

    @property
    def advice(self) -> str:
        return advice_short(self.mine)

    @property
    def advice_why(self) -> str:
        return sentence(self.mine)


def row(leaf: Leaf, alerts: Sequence[Alert], mine: Advice | None, now: datetime) -> Row:
    """Return one line of the fleet: its worst open alert, the first that touches it, decides its state.

    Parameters
    ----------
    mine : the most pressing advice on it
    """
    worst = next((alert for alert in alerts if touches(alert, leaf.key)), None)
    return Row(_state(leaf, worst, now), leaf, worst, mine, now)


def touches(alert: Alert, key: Key) -> bool:
    """Tell whether an alert is about a route and model of the fleet."""
    series = alert.series
    if series.model not in {"", key.model} or series.platform not in {"", key.platform}:
        return False
    routes = alert.routes or ((series.route,) if series.route else ())
    return series.tenant in {"", key.tenant} and (not routes or key.route in routes)


def spark(calls: Sequence[int]) -> str:
    """Return the points of a small line, 96 x 20, from zero up."""
    top = max(calls, default=0)
    if top == 0 or len(calls) < 2:  # noqa: PLR2004 -- a line has two ends
        return ""
    step = 96 / (len(calls) - 1)
    return " ".join(f"{place * step:.1f},{19 - 18 * value / top:.1f}" for place, value in enumerate(calls))


def advice_short(advice: Advice | None) -> str:
    """Return advice as one cell of a table."""
    if advice is None or advice.state == "abstain" or not advice.candidate:
        return "-"
    verb = "try " if advice.state == "experiment" else ""
    return f"{verb}{advice.candidate}"


def _state(leaf: Leaf, worst: Alert | None, now: datetime) -> str:
    if worst is not None and worst.severity != "info":
        return worst.severity
    if now - leaf.last_seen > SILENT:
        return "no calls"
    if now - leaf.first_seen < LEARNING:
        return "learning"
    return "info" if worst else "usual"


def _says(leaf: Leaf, worst: Alert | None, state: str, now: datetime) -> str:
    if worst is not None:
        # The row names the route and the model already.
        route, model = leaf.key.route, f"{leaf.key.platform}/{leaf.key.model}"
        return worst.title.removeprefix(f"{route} ({model}): ").removeprefix(f"{route}: ")
    if state == "learning":
        return f"learning, {(now - leaf.first_seen).days} of {LEARNING.days} days"
    return f"none for {lasting(now - leaf.last_seen)}" if state == "no calls" else "as usual"
