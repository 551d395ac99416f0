"""Models that ended, replayed: were they told at first sight, and does advice name one that ends itself.

Every model of which public lists know notice and end is used by a route from a month before its notice to
its last day. The calendar rule of 90 days stands beside, and whoever follows the provider's word as it
reads today. Dates count from the day they were announced; what lists said is taken as known on every day,
which favours the provider's word. The last row leaves each family's own successor out and guesses it.

Run: python -m bench.lifecycle [--json]. Needs only the shipped catalogue, and is always whole: --full changes
nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from statistics import quantiles

import msgspec
from fmwatch.event import Usage

from bench.reach import Row, at_least, at_most, column
from bench.report import emit, options
from detectors.identity import family
from detectors.prices import PriceBook
from services.advisor.candidates import Candidate
from services.advisor.catalogue import Catalogue, line
from services.advisor.constraints import RouteRules
from services.advisor.entry import FACTS, Entry, Snapshot
from services.advisor.lifecycle import lifecycle
from services.advisor.lifespan import lifespan
from services.advisor.recommend import Adviser
from services.advisor.successor import successors
from services.advisor.usage import RouteUsage

MONTH = timedelta(days=30)
PERISHES_DAYS = 121  # in which 9 of 19 substitutes of one notice were deprecated
_LONG_AGO = "2000-01-01"
_TOP = (1, 3)


def main() -> None:
    """Replay and print."""
    wanted = options(
        "Lifecycle history replayed: alerts at first sight, advice that ends itself, successors."
    )
    shipped = Catalogue.load()
    ended = [entry for entry in shipped.snapshot.entries if entry.deprecated_at and entry.shutdown_at]
    first = _first_sight(shipped, ended)
    advice = _advice(Catalogue(_read_long_ago(shipped.snapshot)), ended)
    rows = [first, advice, _successor(shipped)]
    emit(
        "lifecycle",
        float(str(first["at_first_sight"])),
        "% of retirements alerted at first sight",
        n=len(ended),
        baseline=float(str(first["rule_of_90_days"])),
        rows=[*_asked(rows), *rows],
        as_json=wanted.json,
    )


def _asked(rows: Sequence[Row]) -> list[Row]:
    return [
        *at_least("retirements told at first sight, %", column(rows, "at_first_sight"), 100),
        *at_most("goals that were deprecated that day", column(rows, "advice_names_one_that_ends"), 0),
        *at_least("successor left out: first guess, %", column(rows, "top_1"), 50),
        *at_least("successor left out: first three, %", column(rows, "top_3"), 75),
    ]


def _first_sight(catalogue: Catalogue, ended: Sequence[Entry]) -> dict[str, object]:
    """Return the share of retirements signalled on the day of notice, or of the first call after it."""
    told = late = false = 0
    notices = [(_value(entry.shutdown_at) - _value(entry.deprecated_at)).days for entry in ended]
    for entry in ended:
        days = list(_days(_value(entry.deprecated_at) - MONTH, _value(entry.shutdown_at)))
        signalled = [day for day in days if lifecycle([_usage(entry, day)], catalogue, day)]
        told += signalled[:1] == [_value(entry.deprecated_at)]
        false += bool(signalled) and signalled[0] < _value(entry.deprecated_at)
        late += not signalled or signalled[0] > _value(entry.deprecated_at)
    return {
        "replayed": "notice to end",
        "n": len(ended),
        "at_first_sight": _percent(told, len(ended)),
        "before_notice": false,
        "late": late,
        "rule_of_90_days": _percent(sum(notice >= 90 for notice in notices), len(ended)),
        "notice_days_p10_50_90": [round(quantiles(notices, n=10)[i]) for i in (0, 4, 8)],
    }


def _advice(catalogue: Catalogue, ended: Sequence[Entry]) -> dict[str, object]:
    """Ask for advice once a week from notice to end; count goals that were, or soon were, given notice."""
    prices = PriceBook(catalogue=catalogue.prices())
    counts: dict[str, int] = defaultdict(int)
    for entry in ended:
        last = min(_value(entry.shutdown_at), catalogue.as_of)
        for day in list(_days(_value(entry.deprecated_at), last))[::7]:
            adviser = Adviser(catalogue, prices, day)
            advice = adviser.recommend(_usage(entry, day), RouteRules())
            counts["asked"] += 1
            if advice and advice.candidate:
                _count(counts, "advice", catalogue, advice.candidate, day)
            word = next((item for item in entry.replacements if item.by == "provider"), None)
            if word:
                _count(counts, "provider", catalogue, word, day)
    return {"replayed": "advice every week"} | dict(sorted(counts.items()))


def _count(
    counts: dict[str, int], whose: str, catalogue: Catalogue, named: Candidate | msgspec.Struct, day: date
) -> None:
    entry = catalogue.get(named.platform, named.model)  # type: ignore[union-attr]  # both have them
    counts[whose] += 1
    counts[f"{whose}_names_one_that_ends"] += lifespan(entry, day).leaving
    until = min(day + timedelta(days=PERISHES_DAYS), catalogue.as_of)
    counts[f"{whose}_given_notice_in_{PERISHES_DAYS}_days"] += lifespan(entry, until).leaving


def _successor(catalogue: Catalogue) -> dict[str, object]:
    """Guess each family's successor without what is said about it."""
    by_family: dict[tuple[str, str], Entry] = {}
    for entry in catalogue.snapshot.entries:
        if any(item.by == "provider" for item in entry.replacements):
            by_family.setdefault((entry.platform, entry.family), entry)
    hits = dict.fromkeys(_TOP, 0)
    newer = dict.fromkeys(_TOP, 0)
    for entry in by_family.values():
        named = {family(item.model) for item in entry.replacements if item.by == "provider"}
        without = Catalogue(_without(catalogue.snapshot, entry))
        for found, guesses in (
            (hits, successors(entry, without, without.as_of)),
            (newer, _newer(entry, without)),
        ):
            for top in _TOP:
                found[top] += any(guess.family in named for guess in guesses[:top])
    n = len(by_family)
    return (
        {"replayed": "successor, each family left out", "n": n}
        | {f"top_{top}": _percent(hit, n) for top, hit in hits.items()}
        | {f"newer_of_the_line_top_{top}": _percent(hit, n) for top, hit in newer.items()}
    )


def _newer(entry: Entry, catalogue: Catalogue) -> list[Entry]:
    """The simple guess: models of the same line, the newest first."""
    if entry.released is None:
        return []
    released = entry.released.value
    later = [
        (other.released.value, other.model, other)
        for other in catalogue.models(entry.platform)
        if other.released and other.released.value > released and line(other.model) == line(entry.model)
    ]
    return [other for _, _, other in sorted(later, key=lambda one: one[:2], reverse=True)]


def _without(snapshot: Snapshot, entry: Entry) -> Snapshot:
    entries = tuple(
        msgspec.structs.replace(other, replacements=())
        if (other.platform, other.family) == (entry.platform, entry.family)
        else other
        for other in snapshot.entries
    )
    return msgspec.structs.replace(snapshot, entries=entries)


def _read_long_ago(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot as if all of it had been read long ago: only dates say what was known when."""

    def aged(entry: Entry) -> Entry:
        facts: Mapping[str, object] = {
            name: msgspec.structs.replace(fact, as_of=_LONG_AGO)
            for name in FACTS
            if (fact := entry.fact(name))
        }
        return msgspec.structs.replace(
            entry,
            **facts,
            prices=tuple(msgspec.structs.replace(price, as_of=_LONG_AGO) for price in entry.prices),
            replacements=tuple(msgspec.structs.replace(r, stated_at=_LONG_AGO) for r in entry.replacements),
        )

    return msgspec.structs.replace(snapshot, entries=tuple(aged(entry) for entry in snapshot.entries))


def _usage(entry: Entry, day: date) -> RouteUsage:
    return RouteUsage(
        tenant="default",
        team="support",
        route="support/answer",
        platform=entry.platform,
        model=entry.model,
        n=14_000,
        days=14.0,
        tokens=Usage(input=15_400_000, output=2_940_000),
        counted_n=14_000,
        last_at=datetime.combine(day - timedelta(days=1), time(23), UTC),
    )


def _days(first: date, last: date) -> Iterator[date]:
    yield from (first + timedelta(days=i) for i in range((last - first).days + 1))


def _value(fact: object) -> date:
    value = getattr(fact, "value", None)
    assert isinstance(value, date)
    return value


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1)


if __name__ == "__main__":
    main()
