"""How often a cause of being outdated is a false alarm, and what is found: `degraded`, `stale`, `superseded`.

Parts: `degraded` (routes without a change and routes that decline, asked every day of a month; beside it a
fortnight against the four weeks before by a 95 % interval), `questions` (whether other questions are told
from worse answers; beside it eight clusters), `stale` (4,507 real questions to a model whose knowledge ends
in September 2021; beside it every year and recency word), `superseded` (the shipped catalogue; beside it the
newest of the line), `changed` (series whose served model does not change; beside it every new name), `cost`
(seconds of a day's look for `degraded`, `stale` and the form of answers on a fleet of 60 routes).

Run: python -m bench.causes [--json] [--full] [PART...]. `stale` needs development data (HaluEval).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from bench.causes_changed import changed
from bench.causes_cost import cost
from bench.causes_questions import CASES, Case, questions
from bench.reach import Row, at_least, at_most, column
from bench.report import emit, options, required
from detectors.identity import family
from services.advisor.catalogue import Catalogue, line
from services.advisor.decline import PAST_DAYS, RECENT_DAYS, Tallies, decline
from services.advisor.entry import Entry
from services.advisor.lifespan import lifespan
from services.advisor.newer import newer
from services.advisor.recency import after

SEED = 2026
PARTS = ("degraded", "questions", "stale", "superseded", "changed", "cost")
TODAY = date(2026, 8, 21)
MONTH, KINDS, USUAL = 30, 3, 0.08
_MANY_NEW = 0.25  # of the questions; of fewer, `prompt_drift` is the guard
MAKERS = frozenset({"openai", "anthropic", "gemini", "mistral", "cohere", "deepseek", "xai", "alibaba"})
_LAST = (TODAY - date(1970, 1, 1)).days
_WORD = re.compile(
    r"\b(latest|newest|recent(ly)?|current(ly)?|today|now|this (week|month|year)|20\d\d)\b", re.IGNORECASE
)


def main() -> None:
    """Measure and print."""
    chosen = options(__doc__ or "", PARTS)
    times = 400 if chosen.full else 100
    measured: Mapping[str, Callable[[], list[Row]]] = {
        "degraded": lambda: _degraded(times),
        "questions": lambda: questions(times // 5, SEED),
        "stale": _stale,
        "superseded": lambda: [_superseded(Catalogue.load())],
        "changed": lambda: changed(100, SEED),
        "cost": lambda: cost(600 if chosen.full else 100, SEED),
    }
    rows = [row for part in chosen.parts for row in measured[part]()]
    nulls = [row for row in rows if row.get("rise_points") == 0]
    emit(
        "causes",
        max((float(str(row["told"])) for row in nulls), default=0.0),
        "% of unchanged routes told degraded in a month, worst case",
        n=times * len(nulls),
        baseline=max((float(str(row["fortnight_95"])) for row in nulls), default=0.0) or None,
        rows=[*_asked(rows), *rows],
        as_json=chosen.json,
    )


def _asked(rows: Sequence[Row]) -> list[Row]:
    steady = [one for one in CASES if not one.rise and one.new >= _MANY_NEW]
    kept = [one for one in CASES if one.rise]
    return [
        *at_most("unchanged told degraded in a month, %", column(rows, "told", rise_points=0), 1),
        *at_least("6 points worse told degraded in a month, %", column(rows, "told", rise_points=6), 75),
        *at_least("a quarter of new questions explains a rise, %", _explained(rows, steady), 90),
        *at_most("worse answers explained away, %", _explained(rows, kept), 5),
        *at_most("changed, 100 null series for 30 days: alarms", column(rows, "alarms"), 1),
    ]


def _explained(rows: Sequence[Row], cases: Sequence[Case]) -> list[float]:
    return [
        figure for case in cases for figure in column(rows, "explained", questions=case.name, calls=2_000)
    ]


def _degraded(times: int) -> list[Row]:
    """Return how many routes are told within a month, without a change and with rises of 3 and 6 points."""
    cases = [
        (rise, calls, wander) for wander in (0.0, 0.3) for rise in (0.0, 0.03, 0.06) for calls in (300, 3_000)
    ]
    return [_told(times, rise, calls, wander) for rise, calls, wander in cases]


def _told(times: int, rise: float, calls: int, wander: float) -> Row:
    random = np.random.default_rng(SEED)
    first, naive = [], 0
    for _ in range(times):
        long = _days(random, rise, calls, wander)
        windows = [(ago, _until(long, ago)) for ago in range(MONTH - 1, -1, -1)]
        told = [MONTH - ago for ago, seen in windows if decline(seen, TODAY - timedelta(days=ago))]
        first += told[:1]
        naive += any(_fortnight(seen, _LAST - ago) for ago, seen in windows)
    return {
        "cause": "degraded",
        "rise_points": round(100 * rise),
        "calls_a_day": calls,
        "days_differ": wander,
        "told": round(100 * len(first) / times, 1),
        "median_day": float(np.median(first)) if first else None,
        "fortnight_95": round(100 * naive / times, 1),
    }


def _days(random: np.random.Generator, rise: float, calls: int, wander: float) -> Tallies:
    """Return the days of a route whose bad rate rises a month before the end; conversations of two."""
    rows = []
    for ago in range(MONTH + PAST_DAYS - 1, -1, -1):
        level = USUAL + (rise if ago < MONTH else 0.0)
        rate = float(np.clip(level * (1 + wander * random.standard_normal()), 0.005, 0.5))
        half = calls // (2 * KINDS)
        for kind in range(KINDS):
            bad = 2 * random.binomial(half, rate)
            rows.append((_LAST - ago, kind, 2 * half, bad, 4 * half, 2 * bad, 2 * bad))
    names = ("day", "alike", *Tallies._fields[2:])
    return Tallies.of(dict(zip(names, zip(*rows, strict=True), strict=True)))


def _until(long: Tallies, ago: int) -> Tallies:
    return long.where((long.day <= _LAST - ago) & (long.day > _LAST - ago - PAST_DAYS))


def _fortnight(seen: Tallies, end: int) -> bool:
    """The simple way: a fortnight's rate surely above that of the weeks before, every call by itself."""
    now = seen.day > end - RECENT_DAYS
    (n, bad), (m, other) = ((seen.n[of].sum(), seen.bad[of].sum()) for of in (now, ~now))
    one, two = bad / n, other / m
    return bool(one - two > 1.96 * (one * (1 - one) / n + two * (1 - two) / m) ** 0.5)


def _stale() -> list[Row]:
    """Return which questions are past the knowledge, and how often people found the answers wrong."""
    text = required("traffic", "halueval_general", "general_data.json").read_text(encoding="utf-8")
    asked = [json.loads(each) for each in text.splitlines()]
    cutoff, day = date(2021, 9, 1), date(2023, 5, 1)
    found = {
        "ours": [one for one in asked if after(one["user_query"], cutoff, day)],
        "any year or recency word": [one for one in asked if _WORD.search(one["user_query"])],
        "all": asked,
    }
    return [
        {"cause": "stale", "way": way, "n": len(those), "share": _percent(len(those), len(asked))}
        | {"bad": _percent(sum(one["hallucination"] == "yes" for one in those), len(those))}
        for way, those in found.items()
    ]


def _superseded(catalogue: Catalogue) -> Row:
    """Return how many living models are told, and how often the provider's word agrees where it is known."""
    on = catalogue.as_of
    living = [
        one
        for one in catalogue.snapshot.entries
        if one.platform in MAKERS and not one.tombstone and lifespan(one, on).state in {"active", "scheduled"}
    ]
    by_family = {
        (one.platform, one.family): one
        for one in catalogue.snapshot.entries
        if any(item.by == "provider" for item in one.replacements)
    }
    guesses = [(one, guess) for one in by_family.values() if (guess := newer(one, catalogue, on))]
    return {
        "cause": "superseded",
        "living": len(living),
        "told": sum(newer(one, catalogue, on) is not None for one in living),
        "newest_of_the_line": sum(_newest(one, catalogue) for one in living),
        "with_provider_word": len(guesses),
        "same_family": sum(guess.family in _named(one) for one, guess in guesses),
        "same_line": sum(line(guess.model) in {line(name) for name in _named(one)} for one, guess in guesses),
    }


def _newest(entry: Entry, catalogue: Catalogue) -> bool:
    """The simple way: any model of the line came out later."""
    others: Sequence[Entry] = catalogue.models(entry.platform)
    return any(
        entry.released and other.released and other.released.value > entry.released.value
        for other in others
        if line(other.model) == line(entry.model)
    )


def _named(entry: Entry) -> set[str]:
    return {family(item.model) for item in entry.replacements if item.by == "provider"}


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


if __name__ == "__main__":
    main()
