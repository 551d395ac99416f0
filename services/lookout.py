"""Watcher, alerter and advisor over one store: what is done with calls once they are scored."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

from detectors import registry
from detectors.monitors.base import Monitor, Series, Signal, SignalName
from services.advisor.advisor import Advisor, as_row
from services.advisor.constraints import RouteRules
from services.advisor.read_labels import read_labels
from services.advisor.read_observed import Observing
from services.advisor.read_usage import read_usage
from services.advisor.recommend import Recommendation
from services.advisor.usage import RouteUsage
from services.alerter import topic as alerts_topic
from services.alerter.alerter import Alerter
from services.alerter.examples import StoreExamples
from services.alerter.explain import StoreExplainer
from services.alerter.failing import Failing
from services.alerter.store_ledger import StoreLedger
from services.catalogue.known import known_catalogue, price_book
from services.config import Config
from services.deadlines.keep import keep
from services.digest.mail_round import MailRound
from services.lookout_numbers import LookoutNumbers
from services.wall import now as real_now
from services.watcher.minute import CLOSE_AFTER_MINUTES, Watcher
from services.wiring import (
    addresses,
    experiments,
    fresh_monitors,
    heartbeat,
    receivers,
    route_rules,
    rules,
)
from services.wording.links import links
from store.content import empty_content
from store.database import Database
from store.erasures import Erasures
from store.meta import recall, remember
from store.raised import raised, standing_advice
from store.rollup import Rollup
from store.spend import StoreSpend
from store.writer import Writer
from stream import signals as topic
from stream.log import Log
from stream.meter import Meter
from stream.metrics import INSERT
from stream.pulse import Pulse

MINUTES_PER_DAY = 24 * 60
CONTENT_DAY = "content_day"  # the day on which content was last looked through for what is to be emptied
HEARTBEAT = "heartbeat"  # when a receiver last took one
TOLD: tuple[SignalName, ...] = ("model_changed", "prompt_drift")  # signals that the advisor hears of
LIFECYCLE_DAY = "lifecycle_day"  # days since the epoch up to which models' lives were looked at

ROUND_S = 10.0  # how often closed minutes are looked for
LONG_PAST = timedelta(days=1)  # what is found in older minutes is recorded and pages nobody

Clock = Callable[[], datetime]


class Lookout:
    """Finds in a store what somebody should know, and tells them. One at a time on a store.

    Parameters
    ----------
    log : gets the signals, and knows what still waits to be scored
    clock : what time it is; a replay's is its file's own
    notify : how old what is found may be to be sent; None only records alerts
    numbers : where it tells how far behind everything is
    pulse : beats for each day that was watched
    """

    def __init__(
        self,
        config: Config,
        database: Database,
        log: Log,
        clock: Clock,
        *,
        notify: timedelta | None = None,
        numbers: LookoutNumbers | None = None,
        pulse: Pulse | None = None,
    ) -> None:
        self.config = config
        self.database = database
        self.log = log
        self.clock = clock
        self.notify = notify
        self.ending = False  # set from another thread, it ends `watch` after the day it is at
        self.pulse = pulse or Pulse()
        self.numbers = numbers or LookoutNumbers(Meter("up"), self._now)
        self.meter = meter = self.numbers.meter
        self.writer = Writer(database, lambda table: meter.timed(INSERT, table))
        self.rollup = Rollup(database)
        self.catalogue = known_catalogue(config)
        self.prices = price_book(config, self.catalogue)
        encoder = registry.encoder().version
        self.erased = Erasures(database)
        self.erased.renew()
        self.watcher = Watcher(database, self._monitors, log, encoder, self.erased)
        # Whoever is told lives in real time, also where the calls are a replay's.
        self.receivers = receivers(config, real_now)
        self.heartbeat = heartbeat(config, self.receivers, real_now)
        self.alerter = self._new_alerter()
        self.failing = Failing(self.alerter.grouping.open)
        self.digest = MailRound(database, self.receivers, config.digest.receivers, config.zone)
        self._used: Sequence[RouteUsage] = ()
        self._looked: date | None = None  # the day whose look is over
        self.advisor = Advisor(
            self._read_usage,
            self.catalogue,
            self.prices,
            self._route_rules,
            lambda today: read_labels(database, today, experiments=experiments(config)),
            observe=Observing(database, encoder),
        )

    def watch(self, until: datetime, *, at_most_s: float | None = None) -> bool:
        """Watch the minutes closed at `until`, a day at most at a time, and alert on what is found.

        Return whether there are more of them: it ends with the day in which so many seconds are over.
        """
        end, begun = int(until.timestamp()) // 60, time.monotonic()
        while (position := self.watcher.position) is not None:
            self._follow(min(position, end))
            if position >= end or self.ending:
                break
            self.numbers.found(self.watcher.advance(end))
            if at_most_s is not None and time.monotonic() - begun >= at_most_s:
                return True
        return False

    def _follow(self, position: int) -> None:
        """Hear people, alert on what was found before `position`; once a day look at the models' lives."""
        self.pulse.beat()
        self.numbers.watched(position)
        self.hear()
        self._alert(_moment(position))
        today = position // MINUTES_PER_DAY
        last = int(recall(self.database, LIFECYCLE_DAY) or today - 1)
        for day in range(last + 1, today + 1):
            self._lifecycle(_moment(day * MINUTES_PER_DAY))
            remember(self.database, LIFECYCLE_DAY, str(day))

    def live(self, *, at_most_s: float | None = None) -> bool:
        """One round of the watcher's minute: what has closed by now, and what waits in the outbox.

        A minute is not closed while calls that came before its end still wait to be scored: however far the
        worker is behind, nothing is passed over. Return whether more has closed than could be watched in so
        many seconds.
        """
        with self.numbers.round():
            self.forget()
            now = self.clock()
            waiting = self.numbers.waiting(self.log)
            reached = min(now, datetime.fromtimestamp(min(waiting), UTC)) if waiting else now
            self.sum_up()
            try:
                behind = self.watch(reached - timedelta(minutes=CLOSE_AFTER_MINUTES), at_most_s=at_most_s)
            finally:  # what waits is told whether or not there is more to find
                self.alerter.deliver(now)
                self._beat(now)
            self.numbers.told(self.alerter, self.heartbeat, now)
            return behind

    def hear(self) -> None:
        """Take what people have said of alerts; for monitors it holds from the next watched minute on."""
        position = self.watcher.position
        if position is not None:
            self.alerter.hear(_moment(position))

    def forget(self) -> None:
        """Let go of calls that were erased since: of monitors and alerts in memory, and of what they save."""
        kinds = self.erased.renew()
        if kinds:
            self.watcher.forget(tenant="tenant" in kinds)
            self.alerter = self._new_alerter()

    def sum_up(self) -> None:
        """Bring the sums up to date with what workers have stored."""
        self.rollup.catch_up()

    def advise(self, today: date) -> list[Recommendation]:
        """Make today's recommendations, withdraw what no longer holds, and attach them to the open alerts.

        When models stop is written down as well, for calendars.
        """
        told = [one for name in TOLD for one in raised(self.database, name).values()]
        advice = self.advisor.advise(today, told)
        now = self.clock()
        made = [as_row(one, now) for one in advice]
        ids = {one.id for one in advice}
        held = [row for row in standing_advice(self.database, now) if row["id"] not in ids]
        self.writer.advice([*made, *({**row, "expires_at": now, "updated_at": now} for row in held)])
        self.alerter.advise({_advice_key(one): one.id for one in advice if one.answers}, self.clock())
        self._keep_deadlines(today)
        return advice

    def _keep_deadlines(self, today: date) -> None:
        keep(self.database, self._used, self.catalogue, self._owner, today=today, now=self.clock())

    def look(self) -> None:
        """Look through weeks of calls, once a day, for what advice says; slow, reads only, any thread."""
        today = self.clock().date()
        if self._looked != today:
            self.advisor.look(today)
            self._looked = today

    def daily(self, *, looked: bool = True) -> None:
        """Do what is done once in a while: advise, empty content whose days are over, send the digest.

        Advice that fails keeps no text longer. Where the look for it failed, the last advice stays.
        """
        today = self.clock().date()
        try:
            if looked:
                self.advise(today)
            else:
                self._read_usage(today)
                self._keep_deadlines(today)
        finally:
            self._due()

    def _due(self) -> None:
        today = self.clock().date().isoformat()
        if recall(self.database, CONTENT_DAY) != today:
            empty_content(self.database, lambda route: self.config.route(route).retention_days)
            remember(self.database, CONTENT_DAY, today)
        if self.notify is not None:
            self.digest.send(self.clock())

    def _alert(self, now: datetime) -> None:
        positions, signals = topic.read(self.log, "alerter")
        notify = self.notify is not None and self.clock() - now <= self.notify
        self.alerter.take(signals, now, notify=notify)
        self.log.commit("alerter", positions)

    def _beat(self, now: datetime) -> None:
        """Give a sign of life to who waits for one, and say of receivers that they take nothing."""
        position = self.watcher.position
        if self.heartbeat.beat(now, None if position is None else _moment(position)):
            remember(self.database, HEARTBEAT, now.isoformat())
        if position is not None:
            troubles = [*self.alerter.outbox.troubles(now), *self.heartbeat.troubles()]
            self.failing.tell(troubles, position - 1, now, self.publish)

    def _lifecycle(self, now: datetime) -> None:
        known: Sequence[Series] = list(raised(self.database, "lifecycle"))
        found = self.advisor.lifecycle(now.date(), known)
        self.publish(found)
        self._alert(now)

    def publish(self, signals: Sequence[Signal]) -> None:
        """Store signals and hand them to the alerter's topic."""
        self.numbers.found(signals)
        topic.publish(self.log, signals)
        self.writer.signals(signals)

    def deliver(self) -> None:
        """Send what waits in the outbox; nothing does where alerts are only recorded."""
        self.alerter.deliver(self.clock())

    def _new_alerter(self) -> Alerter:
        at = addresses(self.config)
        return Alerter(
            StoreLedger(self.database, self._now, self.erased),
            rules(self.config),
            self.receivers,
            lambda transitions: alerts_topic.publish(self.log, transitions, at),
            explain=StoreExplainer(self.database, self._now, registry.encoder().version),
            examples=StoreExamples(self.database, lambda route: self.config.route(route).capture_content),
            links=lambda alert: links(alert, at),
        )

    def _monitors(self) -> Sequence[Monitor]:
        return fresh_monitors(self.config, StoreSpend(self.database))

    def _now(self) -> datetime:
        return self.clock()

    def _read_usage(self, today: date) -> Sequence[RouteUsage]:
        self._used = read_usage(self.database, today)
        return self._used

    def _owner(self, route: str) -> str:
        return self._route_rules(route).owner

    def _route_rules(self, route: str) -> RouteRules:
        return route_rules(self.config, route)


def _advice_key(advice: Recommendation) -> tuple[str, str, str, str]:
    usage = advice.usage
    return (usage.tenant, usage.route, usage.platform, usage.model)


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
