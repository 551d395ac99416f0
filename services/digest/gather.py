"""A week's digest out of the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from services.alerter.alert import Alert
from services.deadlines.deadline import Deadline, days_until
from services.deadlines.reading import Reading as Deadlines
from services.digest.digest import Changed, Digest, Incident, Last, Money, Move, Open, Spend
from services.digest.waiting import Day, Named, past_days, wait
from services.digest.week import Week
from services.digest.worse import shares, worse
from services.wording.advice import Advice, advice_of, sentence
from services.wording.alert import headline, lines
from store import alerting, console
from store import digest as stored
from store.database import Database

AHEAD = timedelta(days=180)  # last days that are further away are no news

Row = Mapping[str, Any]

_ALERT = msgspec.json.Decoder(Alert)  # made at import: of threads that use a type first, one may crash


class Gather:
    """Puts digests together. Any thread may call it.

    Parameters
    ----------
    zone : in which weeks begin
    clock : what time it is for what is stored
    """

    def __init__(self, database: Database, zone: ZoneInfo, clock: Callable[[], datetime]) -> None:
        self.database = database
        self.zone = zone
        self.clock = clock
        self._deadlines = Deadlines(database, clock)

    def digest(self, named: str = "", tenant: str = "") -> Digest:
        """Return the digest of a week.

        Parameters
        ----------
        named : such as 2026-W47; the newest one that is over by default
        tenant : whose it is; everybody's by default

        Raises
        ------
        ValueError : that is no week, or it has not begun
        """
        at = self.clock()
        week = Week.named(named, self.zone) if named else Week.last(at, self.zone)
        if week.since > at:
            raise ValueError(f"{week.name} has not begun; what is stored ends with {at:%Y-%m-%d %H:%M} UTC")
        return self._of(week, at, tenant)

    def _of(self, week: Week, at: datetime, tenant: str) -> Digest:
        now, before = (
            stored.money(self.database, one.since, one.until, tenant) for one in (week, week.before)
        )
        found, compared = worse(*(self._shares(one, tenant) for one in (week, week.before)))
        incidents, standing = self._incidents(week, tenant)
        last_days = self._deadlines.deadlines(tenant)
        return Digest(
            week.name,
            week.since,
            week.until,
            at,
            tenant,
            self._began(week, tenant),
            _total(now),
            _total(before),
            tuple(_spend(now, before)),
            tuple(_moves(now, before)) if before else (),
            self._changes(week, tenant),
            incidents,
            standing,
            tuple(found),
            compared,
            tuple(_last(one, at) for one in _coming(last_days, at, now)),
            tuple(self._open(at, tenant, last_days)),
        )

    def _shares(self, week: Week, tenant: str) -> Mapping[Any, Any]:
        return shares(stored.rates(self.database, week.since, week.until, tenant))

    def _began(self, week: Week, tenant: str) -> datetime | None:
        began = stored.first_hour(self.database, tenant)
        return began if began and began > week.before.since else None

    def _changes(self, week: Week, tenant: str) -> tuple[Changed, ...]:
        rows = console.changes(self.database, week.since, week.until - timedelta(microseconds=1))
        kept = [row for row in rows if tenant in ("", row["tenant"])]
        names = Changed.__struct_fields__
        return tuple(Changed(**{name: row[name] for name in names}) for row in kept)

    def _incidents(self, week: Week, tenant: str) -> tuple[tuple[Incident, ...], int]:
        """Return what fired in the week, and how many of all incidents stand now."""
        found = [_ALERT.decode(body) for body in alerting.alert_bodies(self.database, week.since)]
        told = [one for one in found if tenant in ("", one.series.tenant) and one.loud]
        fired = [(one, at) for one in told if (at := one.fired_at) and week.since <= at < week.until]
        return tuple(incident(*one) for one in fired), sum(one.open for one in told)

    def _open(self, at: datetime, tenant: str, last_days: Sequence[Deadline]) -> Iterator[Open]:
        given = [advice_of(row) for row in console.advice(self.database, at)]
        ends = {one.key: one.day for one in last_days if one.state == "announced"}
        days = past_days(self.database, at, tenant) if given else {}
        made = [
            _advised(one, days.get(_name(one), ()), ends.get((one.tenant, one.platform, one.incumbent)), at)
            for one in given
            if tenant in ("", one.tenant)
        ]
        yield from sorted(made, key=lambda one: (not one.forced, -(one.usd or 0.0), one.days, one.id))


def _total(rows: Sequence[Row]) -> Money:
    return sum(map(_money, rows), Money())


def _money(row: Row) -> Money:
    return Money(row["n"], row["priced_n"], row["unpriced_n"], row["spend_usd"])


def _spend(now: Sequence[Row], before: Sequence[Row]) -> list[Spend]:
    """Return the spend of each team on each model, the teams that spend most first."""
    this, last = _by_team(now), _by_team(before)
    found = [Spend(*key, this.get(key, Money()), last.get(key, Money())) for key in {**this, **last}]
    team: dict[tuple[str, str], float] = defaultdict(float)
    for one in found:
        team[one.tenant, one.team] += one.now.usd or 0.0
    return sorted(
        found,
        key=lambda one: (-team[one.tenant, one.team], one.tenant, one.team, -(one.now.usd or 0.0), one.model),
    )


def _by_team(rows: Sequence[Row]) -> dict[Named, Money]:
    """Return the money by tenant, team, platform and model."""
    found: dict[Named, Money] = defaultdict(Money)
    for row in rows:
        found[row["tenant"], row["team"], row["platform"], row["model"]] += _money(row)
    return found


def _moves(now: Sequence[Row], before: Sequence[Row]) -> Iterator[Move]:
    """Yield what routes began to call and what they call no more, the most calls first."""
    this, last = _calls(now), _calls(before)
    moved = [Move(*key, began=True, n=n) for key, n in this.items() if key not in last]
    moved += [Move(*key, began=False, n=n) for key, n in last.items() if key not in this]
    yield from sorted(moved, key=lambda one: (-one.n, one.route, one.model))


def _calls(rows: Sequence[Row]) -> dict[Named, int]:
    found: dict[Named, int] = defaultdict(int)
    for row in rows:
        found[row["tenant"], row["route"], row["platform"], row["model"]] += row["n"]
    return found


def incident(alert: Alert, fired_at: datetime) -> Incident:
    """Return an alert as a digest tells it."""
    said = {line.name: line.text for line in lines(alert)}
    return Incident(
        alert.id,
        alert.severity,
        headline(alert).removeprefix("Over: "),
        said.get("How bad", ""),
        fired_at,
        alert.resolved_at if alert.state == "resolved" else None,
        alert.outcome,
        alert.ended_by,
        alert.began_at,
    )


def _coming(found: Sequence[Deadline], at: datetime, rows: Sequence[Row]) -> list[Deadline]:
    """Return the days that come soon, and those that have come of models that are called all the same."""
    today = at.date()
    called = {(row["tenant"], row["platform"], row["model"]) for row in rows}
    near = [one for one in found if one.state != "gone" and one.day <= today + AHEAD]
    return [one for one in near if one.day > today or one.key in called]


def _last(one: Deadline, at: datetime) -> Last:
    days, promised = days_until(one.day, at), one.state == "promised"
    return Last(*one.key, one.day, days, promised, one.about.share, one.about.owners)


def _name(advice: Advice) -> Named:
    return advice.tenant, advice.route, advice.platform, advice.incumbent


def _advised(advice: Advice, days: Sequence[Day], ends: date | None, at: datetime) -> Open:
    found = wait(advice, days, ends, at)
    return Open(
        advice.id,
        *_name(advice),
        advice.state,
        advice.candidate,
        sentence(advice),
        found.days,
        found.forced,
        sum(day.n for day in days) / len(days) if days else 0.0,
        len(days),
        *found.cost,
    )
