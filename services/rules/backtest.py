"""What rules would have done with the calls of the past: real monitors, real alerter, in event time."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from detectors.monitors.base import Observations, Signal
from services.alerter.alert import Alert
from services.alerter.alerter import Alerter
from services.alerter.ledger import MemoryLedger
from services.alerter.nearest import LOOK_BACK
from services.alerter.rules import Answer, Rules
from services.config import Config
from services.rules.history import History, PastAlert, moment
from services.wiring import fresh_monitors, rules
from store.errors import StoreError

DAY = 1440
TIMES = (0.5, 1.0, 4.0)  # of the budgets that are stated
ONE_INCIDENT = timedelta(days=2)  # alerts of two runs, or of then and now, this near to each other may be one

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Span:
    """What is looked back on, minutes since the epoch.

    Attributes
    ----------
    learn : from here on calls are read, for references
    start, end : alerts of this range are told of
    ready : when the references of what was there from the beginning are whole
    """

    learn: int
    start: int
    end: int
    ready: int


@dataclass(frozen=True, slots=True)
class Would:
    """An alert there would have been.

    Attributes
    ----------
    past : the alert that there was of it, if any
    """

    alert: Alert
    past: PastAlert | None


@dataclass(slots=True)
class Run:
    """One setting over the whole range: its own monitors, its own alerter, and a ledger that forgets.

    Attributes
    ----------
    times : of the budgets that are stated
    kept_quiet : findings that made no alert, by the rule's name and why
    """

    times: float
    config: Config
    would: list[Would] = field(default_factory=list)
    kept_quiet: Counter[tuple[str, Answer]] = field(default_factory=Counter)

    def pages(self) -> list[Would]:
        """Return what would have paged."""
        return self.of("page")

    def of(self, severity: str) -> list[Would]:
        """Return what would have been of this severity."""
        return [one for one in self.would if one.alert.severity == severity]


@dataclass(frozen=True, slots=True)
class Backtest:
    """What came out.

    Attributes
    ----------
    runs : one for each of `TIMES`
    """

    span: Span
    calls: int
    rules: Rules
    runs: Sequence[Run]

    @property
    def stated(self) -> Run:
        """The run with the budgets that are stated."""
        return next(run for run in self.runs if run.times == 1.0)


def look_back(history: History, config: Config, days: int, progress: Progress = lambda *_: None) -> Backtest:
    """Replay the last days under a configuration, at half, once and four times its budgets in one pass.

    Raises
    ------
    StoreError : nothing is stored
    """
    span = _span(history, config, days)
    changes = history.changes(moment(span.learn) - LOOK_BACK, moment(span.end))
    replays = [
        _Replay(_scaled(config, times), times, span, MemoryLedger(changed=list(changes))) for times in TIMES
    ]
    calendar = history.calendar(moment(span.learn), moment(span.end))
    calls = 0
    for start, end in _days(span):
        observations = history.observations(start, end)
        calls += len(observations) if end > span.start else 0
        others = [signal for signal in calendar if start <= signal.minute < end]
        for replay in replays:
            replay.take(observations, others)
        progress(end - span.learn, span.end - span.learn)
    past = history.alerts(moment(span.start) - ONE_INCIDENT)
    return Backtest(span, calls, rules(config), [replay.run(past) for replay in replays])


def earlier(run: Run, stated: Run) -> tuple[float, int] | None:
    """Return by how many minutes a run finds what the stated one finds too, the median, and of how many."""
    gains = []
    for one in stated.would:
        same = [other.alert for other in run.would if _same(one.alert, other.alert)]
        if same:
            nearest = min(same, key=lambda other: abs(other.detected_at - one.alert.detected_at))
            gains.append((one.alert.detected_at - nearest.detected_at).total_seconds() / 60)
    return (statistics.median(gains), len(gains)) if gains else None


class _Replay:
    """Takes the calls of the past as the watcher does, and their signals as the alerter does."""

    def __init__(self, config: Config, times: float, span: Span, ledger: MemoryLedger) -> None:
        self._run = Run(times, config)
        self._span = span
        self._rules = rules(config)
        self._ledger = ledger
        self._monitors = fresh_monitors(config)
        self._alerter = Alerter(ledger, self._rules, {})

    def take(self, observations: Observations, others: Sequence[Signal]) -> None:
        """Take the next calls, and what was raised besides."""
        found = [signal for monitor in self._monitors for signal in monitor.update(observations)]
        signals = sorted([*found, *others], key=lambda one: (one.minute, one.state, one.signal, one.series))
        self._alerter.take(signals, moment(observations.end), notify=False)
        for signal in signals:
            if signal.state == "raised" and signal.minute >= self._span.start:
                self._quiet(signal)

    def run(self, past: Sequence[PastAlert]) -> Run:
        """Return what came of it, beside what there was."""
        start = moment(self._span.start)
        fired = [alert for alert in self._ledger.alerts() if alert.fired_at is not None and not alert.parent]
        ordered = sorted(fired, key=lambda alert: (alert.detected_at, alert.id))
        self._run.would = [Would(one, _past(one, past)) for one in ordered if one.detected_at >= start]
        return self._run

    def _quiet(self, signal: Signal) -> None:
        decision = self._rules.decide(signal)
        if decision.rule is not None and decision.answer != "alert":
            self._run.kept_quiet[decision.rule.name, decision.answer] += 1


def _span(history: History, config: Config, days: int) -> Span:
    stored = history.span()
    if stored is None:
        raise StoreError("no calls are stored: there is no past to look back on; fill it: fmwatch replay")
    first, end = stored
    start = max(end - days * DAY, first)
    # A leaf learns from the midnight before its first call on.
    learn = max((start - config.reference.days * DAY) // DAY * DAY, first)
    return Span(learn, start, end, (learn // DAY + config.reference.days) * DAY)


def _days(span: Span) -> Iterator[tuple[int, int]]:
    start = span.learn
    while start < span.end:
        end = min((start // DAY + 1) * DAY, span.end)
        yield start, end
        start = end


def _scaled(config: Config, times: float) -> Config:
    budgets = {name: getattr(config, name) * times for name in ("pages_per_month", "tickets_per_month")}
    return config.model_copy(update=budgets)


def _past(alert: Alert, past: Sequence[PastAlert]) -> PastAlert | None:
    """Return the alert there was of the same trouble: the same signal on a route of it, at about the time."""
    same = [one for one in past if _near(alert, one.signal, one.tenant, one.routes, one.detected_at)]
    return min(same, key=lambda one: abs(one.detected_at - alert.detected_at), default=None)


def _same(one: Alert, other: Alert) -> bool:
    return _near(one, other.signal, other.series.tenant, other.routes, other.detected_at)


def _near(alert: Alert, signal: str, tenant: str, routes: Sequence[str], detected_at: datetime) -> bool:
    meets = bool(set(alert.routes) & set(routes)) or not (alert.routes or routes)
    near = abs(alert.detected_at - detected_at) <= ONE_INCIDENT
    return alert.signal == signal and alert.series.tenant == tenant and meets and near
