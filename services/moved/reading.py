"""Reads moves from the store, and says of each where it stands and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

from services.advisor.catalogue import Catalogue
from services.catalogue.known import known_catalogue
from services.config import Config
from services.moved.advice import Stage, advise
from services.moved.document import Document, Facts, document, unseen
from services.moved.find import Move, moves, used
from services.moved.guards import LATENCY, Window, guards
from services.moved.latency import P95, p95
from services.moved.promise import promise
from services.moved.steps import LAST, Step, first_hour, steps, under_way
from services.moved.traffic import HOUR_S, SIDES, Model, Traffic
from store import moves as stored
from store.database import Database
from store.moves import Span
from store.queries import last_minute

DAYS = 60
BEFORE_HOURS = 14 * 24  # of the incumbent, that calls after the last step are compared with
_NEVER = 1e18  # ms; slower is no call


class Reading:
    """Answers from the store. Any thread may call it.

    Parameters
    ----------
    config : for the margins of routes
    """

    def __init__(self, database: Database, config: Config) -> None:
        self.database = database
        self.config = config

    def moves(self, route: str = "", days: int = DAYS) -> list[Document]:
        """Return the moves of the last days, those on one route where it is named, as documents."""
        newest = last_minute(self.database)
        if newest is None:
            return []
        now = datetime.fromtimestamp((newest + 1) * 60, UTC)
        since = now - timedelta(days=days)
        traffic = used(stored.model_days(self.database, route, since, now))
        changes = stored.model_changes(self.database, route, since, now)
        found = (self._followed(move, since, now) for move in moves(traffic, changes, self._exists))
        return [one for one in found if one is not None]

    def _exists(self, model: Model) -> bool:
        return self._catalogue.find(model.platform, model.model) is not None

    @cached_property
    def _catalogue(self) -> Catalogue:
        """Return the catalogue, read once and only when a change names what no call does."""
        return known_catalogue(self.config)

    def _followed(self, move: Move, since: datetime, now: datetime) -> Document | None:
        """Return what is known of a move; None where hours show that there was none."""
        span = Span(move.tenant, move.route, move.incumbent, move.candidate, since, now)
        seen = self._traffic(span)
        sides = [seen.columns[side]["n"] for side in SIDES]
        whole = steps(*sides)
        course = under_way(whole, declared=move.declared_at is not None)
        if not course:
            return unseen(move) if move.declared_at else None
        older = course == whole
        if older:
            course = [replace(course[0], start=first_hour(*sides)), *course[1:]]
        window = _window(course, older=older)
        latency = self._latency(span, seen, window)
        traffic = self._traffic(span, latency["incumbent"].ms)
        stage = replace(_stage(course, seen, now), older=older)
        known = guards(traffic, window, self.config.route(move.route).quality)
        acted_on = move.declared_at if older and move.declared_at else stage.began
        promised = promise(stored.advised(self.database, span), move.candidate, acted_on)
        facts = Facts(move, course, traffic, stage, known, latency, promised)
        return document(facts, advise(stage, known, now), window, now)

    def _traffic(self, span: Span, p95_ms: float | None = None) -> Traffic:
        """Return the hours of a span; `p95_ms` of the incumbent says which calls are slow."""
        slow = _NEVER if p95_ms is None else p95_ms
        rows = [
            *stored.move_hours(self.database, span, incumbent_ms=slow, candidate_ms=LATENCY * slow),
            *stored.labelled_hours(self.database, span),
        ]
        first, last = (int(edge.timestamp()) // HOUR_S for edge in (span.since, span.until))
        return Traffic.of(rows, first, last + 1)

    def _latency(self, span: Span, seen: Traffic, window: Window) -> dict[str, P95]:
        during = replace(span, since=seen.moment(window.start), until=seen.moment(window.end))
        found = p95(stored.latencies(self.database, during))
        if window.against == "same hours":
            return found
        before = replace(span, since=seen.moment(window.before_start), until=seen.moment(window.before_end))
        return found | {"incumbent": p95(stored.latencies(self.database, before))["incumbent"]}


def _window(course: Sequence[Step], *, older: bool) -> Window:
    """Return which hours are compared: those with both models, or before and after where all has moved.

    Parameters
    ----------
    older : no hour before the move is stored; those before the last step say how the incumbent did
    """
    first, last = course[0], course[-1]
    if last.place == LAST and older:
        before = max(0, last.start - BEFORE_HOURS)
        return Window(last.start, last.end, before, last.start, "before this step")
    if last.place == LAST:
        before = max(0, first.start - BEFORE_HOURS)
        return Window(last.start, last.end, before, first.start, "before the move")
    return Window(first.start, last.start if last.place == 0 else last.end, 0, 0, "same hours")


def _stage(course: Sequence[Step], seen: Traffic, now: datetime) -> Stage:
    last = course[-1]
    since = seen.moment(last.start)
    hours = max((now - since).total_seconds() / HOUR_S, 1.0)
    return Stage(last.place, since, last.calls, last.calls / hours, seen.moment(course[0].start))
