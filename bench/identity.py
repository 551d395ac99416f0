"""How many model names of one public list another list knows: as written, in one spelling, by family.

The baseline compares names letter by letter; `as_read` is after each source's reader has taken off paths. Two
rows say what names may not carry: an undated alias whose snapshot has a date is dated or unknown, never
"fine"; and a family hands neither price nor status to a name that no list knows.

Run: python -m bench.identity [--json]. Needs the lifecycle lists of the develop-only data.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, time

from bench.reach import Row, at_least, at_most, column
from bench.report import emit, options, required
from detectors.identity import family, l1
from detectors.platforms import platform_name
from detectors.prices import PriceBook, Rates
from services.advisor.build import claims, in_folder
from services.advisor.catalogue import Catalogue
from services.advisor.claim import Claim
from services.advisor.entry import Entry
from services.advisor.lifespan import Lifespan, lifespan
from services.advisor.merge import platform_of

NAMINGS: Mapping[str, Callable[[str], str]] = {"as_read": str, "l1": l1, "l2": family}
_NEVER = "2029-12-31"  # a snapshot that nobody has announced


def main() -> None:
    """Measure and print."""
    wanted = options("Match rates of model names between public lists.")
    catalogue = Catalogue.load()
    names = _names(claims(in_folder(required("lifecycle"))), catalogue.snapshot.synonyms)
    cases = {
        "modeldeprecations -> litellm": (names["modeldeprecations"], names["litellm"]),
        "its retired models -> litellm": (_retired(catalogue, names), names["litellm"]),
        "models_dev -> litellm": (names["models_dev"], names["litellm"]),
    }
    rows = [{"lists": case, "n": len(one)} | _rates(one, other) for case, (one, other) in cases.items()]
    raw = _raw()
    rows += [_aliases(catalogue), _families(catalogue)]
    first = rows[0]
    emit(
        "identity",
        float(str(first["l1"])),
        "% of names matched",
        n=int(str(first["n"])),
        baseline=raw,
        rows=[*_asked(rows), *rows],
        as_json=wanted.json,
    )


def _asked(rows: Sequence[Row]) -> list[Row]:
    largest = rows[:1]
    return [
        *at_least("names known to the largest list, one spelling, %", column(largest, "l1"), 47),
        *at_least("names known to the largest list, family, %", column(largest, "l2"), 59),
        *at_most("states that a family handed on", column(rows, "status_handed_on"), 0),
        *at_most("prices that a family handed on", column(rows, "price_handed_on"), 0),
        *at_least("undated names dated or unknown, %", column(rows, "through_served"), 100),
    ]


def _raw() -> float:
    """Return the share in per cent of modeldeprecations' names that are keys of LiteLLM, letter by letter."""
    folder = required("lifecycle")
    file = folder / "litellm" / "model_prices_and_context_window_backup.json"
    keys = set(json.loads(file.read_text(encoding="utf-8")))
    pages = [path.stem for path in (folder / "modeldeprecations").glob("models/*/*.yaml")]
    return round(100 * sum(page in keys for page in pages) / len(pages), 1)


def _names(found: Iterable[Claim], synonyms: Mapping[str, str]) -> dict[str, set[tuple[str, str]]]:
    names: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for claim in found:
        if claim.platform != "*":
            names[claim.source].add((platform_of(claim.platform, synonyms), claim.id))
    return names


def _retired(catalogue: Catalogue, names: Mapping[str, set[tuple[str, str]]]) -> set[tuple[str, str]]:
    day = catalogue.as_of
    return {
        (platform, name)
        for platform, name in names["modeldeprecations"]
        if catalogue.status(platform, name, day).state == "retired"
    }


def _rates(one: set[tuple[str, str]], other: set[tuple[str, str]]) -> dict[str, object]:
    """Return the share in per cent of names of `one` that `other` has, on the platforms of both."""
    shared = {platform for platform, _ in one} & {platform for platform, _ in other}
    one = {(platform, name) for platform, name in one if platform in shared}
    rates: dict[str, object] = {"on_shared_platforms": len(one)}
    for naming, spell in NAMINGS.items():
        known = {(platform_name(platform), spell(name)) for platform, name in other}
        hits = sum((platform_name(platform), spell(name)) in known for platform, name in one)
        rates[naming] = round(100 * hits / len(one), 1)
    return rates


def _aliases(catalogue: Catalogue) -> dict[str, object]:
    """Return how many undated names, each with the snapshot that answers, have a date or are unknown."""
    pairs = [
        (alias, served)
        for alias in catalogue.snapshot.entries
        for served in catalogue.snapshots(alias)
        if lifespan(served, catalogue.as_of).known_days is not None
    ]
    lives = [
        catalogue.status(alias.platform, alias.model, catalogue.as_of, served.model)
        for alias, served in pairs
    ]
    alone = [lifespan(alias, catalogue.as_of) for alias, _ in pairs]
    return {
        "lists": "undated names whose snapshot has a date: dated or unknown",
        "n": len(pairs),
        "names": len({alias.name for alias, _ in pairs}),
        "alone": _share(alone),
        "through_served": _share(lives),
    }


def _share(lives: Sequence[Lifespan]) -> float:
    honest = [life.known_days is not None or life.state == "unknown" for life in lives]
    return round(100 * sum(honest) / len(honest), 1)


def _families(catalogue: Catalogue) -> dict[str, object]:
    """Return what a family would have handed to a name of it that no list knows, and what it did hand."""
    groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in catalogue.snapshot.entries:
        groups[entry.platform, entry.family].append(entry)
    several = {name: found for name, found in groups.items() if len(found) > 1}
    prices = PriceBook(catalogue=catalogue.prices())
    noon = datetime.combine(catalogue.as_of, time(12), UTC)
    unlisted = [(platform, f"{name}-{_NEVER}") for platform, name in several]
    return {
        "lists": "families of several models, and a date that no list knows",
        "n": len(several),
        "mix_prices": sum(len(_usual_prices(found)) > 1 for found in several.values()),
        "mix_status": sum(len({e.status.value for e in found if e.status}) > 1 for found in several.values()),
        "status_handed_on": sum(
            catalogue.status(platform, name, catalogue.as_of).state != "unknown"
            for platform, name in unlisted
        ),
        "price_handed_on": sum(
            getattr(prices.rates(platform, name, noon), "source", "") == "catalogue"
            for platform, name in unlisted
        ),
        "priced_by_rules_of_genai": sum(
            isinstance(prices.rates(platform, name, noon), Rates) for platform, name in unlisted
        ),
    }


def _usual_prices(entries: Sequence[Entry]) -> set[tuple[float | None, float | None]]:
    return {
        (price.buckets.get("input"), price.buckets.get("output"))
        for entry in entries
        for price in entry.prices
        if price.tier == "standard" and not price.region and not price.above
    }


if __name__ == "__main__":
    main()
