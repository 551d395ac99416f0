"""All of fmwatch in one process on one directory: the embedded form, used by `up`, `replay` and `demo`."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

from detectors import registry
from detectors.monitors.base import Series, Signal
from detectors.prices import PriceBook
from services.advisor.advisor import Advisor, as_row
from services.advisor.catalogue import Catalogue
from services.advisor.constraints import RouteRules
from services.advisor.read_usage import read_usage
from services.advisor.recommend import Recommendation
from services.alerter.alerter import Alerter
from services.alerter.store_ledger import StoreLedger
from services.config import Config
from services.watcher.minute import CLOSE_AFTER_MINUTES, Watcher
from services.wiring import check_embedded, contract_prices, fresh_monitors, receivers, route_rules, rules
from store.database import Database
from store.meta import recall, remember
from store.raised import raised, standing_advice
from store.rollup import Rollup
from store.writer import Writer
from stream import signals as topic
from stream.border import Border, gathered
from stream.sqlite_log import SqliteLog
from stream.step import Counts, Step
from stream.topics import INGEST
from stream.worker import GROUP, Worker

MINUTES_PER_DAY = 24 * 60
# A batch is many small objects that all go at once: looking for cycles every 700 costs a twentieth of it.
COLLECT = (50_000, 20, 20)
LIFECYCLE_DAY = "lifecycle_day"  # days since the epoch up to which models' lives were looked at

Clock = Callable[[], datetime]


class Embedded:
    """Log, step, store, watcher, alerter and advisor on one data directory.

    Not thread-safe by itself: `score` may run in one thread and `watch` in another.

    Parameters
    ----------
    directory : made if absent; one process at a time
    clock : what time it is; a replay's is its file's own
    notify : how old what is found may be to be sent; None only records alerts

    Raises
    ------
    StoreInUse, LogInUse : another process has the directory
    ConfigError : the configuration refers to nothing
    """

    def __init__(
        self, directory: Path, config: Config, clock: Clock, *, notify: timedelta | None = None
    ) -> None:
        check_embedded(config)
        self.config = config
        self.clock = clock
        self.notify = notify
        self.ending = False  # set from another thread, it ends `watch` after the day it is at
        self.database = Database.open(directory=directory)
        self.log = SqliteLog(directory)
        self.writer = Writer(self.database)
        self.rollup = Rollup(self.database)
        self.rollup.catch_up()
        self.catalogue = Catalogue.load()
        self.prices = PriceBook(contract_prices(config), self.catalogue.prices())
        self.border = Border(config.redact, lru_cache(4096)(lambda route: config.route(route).team))
        self._scorers = registry.scorers(self.prices)
        self._worker = Worker(self.log, self.step_for(clock))
        self.watcher = Watcher(self.database, lambda: fresh_monitors(config), self.log)
        self.alerter = Alerter(
            StoreLedger(self.database, self._now), rules(config), receivers(config, self._now)
        )
        self.advisor = Advisor(
            lambda today: read_usage(self.database, today), self.catalogue, self.prices, self._route_rules
        )
        gc.freeze()  # catalogue, prices and models stay for good: nothing to look for among them
        gc.set_threshold(*COLLECT)

    def ingest(self, lines: Iterable[bytes]) -> None:
        """Take lines in over the border; durable in the log when this returns."""
        for name, records in gathered(self.border.admit(line) for line in lines).items():
            self.log.append(name, records)

    def step_for(self, clock: Clock) -> Step:
        """Return the step at a clock: the wall's for a server, the file's own for a replay."""
        read = self.border.parsed.take
        return Step(self.log, self.writer, self._scorers, registry.encoder(), clock, read=read)

    def score(self) -> Counts | None:
        """Take the next records of the log through the step; None where nothing waits."""
        counts = self._worker.once()
        if counts:
            self.taken(counts)
        return counts

    def taken(self, counts: Counts) -> None:
        """Remember which sums a round has put out of date."""
        self.rollup.touch(counts.hours)

    def watch(self, until: datetime) -> None:
        """Watch the minutes closed at `until`, a day at most at a time, and alert on what is found."""
        end = int(until.timestamp()) // 60
        while (position := self.watcher.position) is not None:
            self._follow(min(position, end))
            if position >= end or self.ending:
                return
            self.watcher.advance(end)

    def _follow(self, position: int) -> None:
        """Alert on what was found before `position`, and look at the models' lives once a day."""
        self._alert(_moment(position))
        today = position // MINUTES_PER_DAY
        last = int(recall(self.database, LIFECYCLE_DAY) or today - 1)
        for day in range(last + 1, today + 1):
            self._lifecycle(_moment(day * MINUTES_PER_DAY))
            remember(self.database, LIFECYCLE_DAY, str(day))

    def live(self) -> None:
        """One round of the watcher's minute: what has closed by now, and what waits in the outbox.

        A minute is not closed while calls that came before its end still wait to be scored: however far the
        worker is behind, nothing is passed over.
        """
        now = self.clock()
        waiting = [since for topic in INGEST if (since := self.log.waiting_since(topic, GROUP)) is not None]
        reached = min(now, datetime.fromtimestamp(min(waiting), UTC)) if waiting else now
        self.rollup.recompute()
        self.watch(reached - timedelta(minutes=CLOSE_AFTER_MINUTES))
        self.alerter.deliver(now)

    def advise(self, today: date) -> list[Recommendation]:
        """Make today's recommendations, withdraw what no longer holds, and attach them to the open alerts."""
        advice = self.advisor.advise(today, list(raised(self.database, "model_changed").values()))
        now = self.clock()
        made = [as_row(one, now) for one in advice]
        ids = {one.id for one in advice}
        held = [row for row in standing_advice(self.database, now) if row["id"] not in ids]
        self.writer.advice([*made, *({**row, "expires_at": now, "updated_at": now} for row in held)])
        self.alerter.advise({_advice_key(one): one.id for one in advice}, self.clock())
        return advice

    def daily(self) -> None:
        """Advise, and let go of what every reader of the log has consumed."""
        self.advise(self.clock().date())
        self.log.prune()

    def close(self) -> None:
        """Give the directory free; calling it twice is harmless."""
        self.log.close()
        self.database.close()

    def _alert(self, now: datetime) -> None:
        positions, signals = topic.read(self.log, "alerter")
        notify = self.notify is not None and self.clock() - now <= self.notify
        self.alerter.take(signals, now, notify=notify)
        self.log.commit("alerter", positions)

    def _lifecycle(self, now: datetime) -> None:
        known: Sequence[Series] = list(raised(self.database, "lifecycle"))
        found = self.advisor.lifecycle(now.date(), known)
        self.publish(found)
        self._alert(now)

    def publish(self, signals: Sequence[Signal]) -> None:
        """Store signals and hand them to the alerter's topic."""
        topic.publish(self.log, signals)
        self.writer.signals(signals)

    def deliver(self) -> None:
        """Send what waits in the outbox; nothing does where alerts are only recorded."""
        self.alerter.deliver(self.clock())

    def _now(self) -> datetime:
        return self.clock()

    def _route_rules(self, route: str) -> RouteRules:
        return route_rules(self.config, route)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _advice_key(advice: Recommendation) -> tuple[str, str, str, str]:
    usage = advice.usage
    return (usage.tenant, usage.route, usage.platform, usage.model)


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
