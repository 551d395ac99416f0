"""How many model names of one public list another list knows: as written, in one spelling, by family.

The baseline compares names letter by letter; `as_read` is after each source's reader has taken off paths.

Run: python -m bench.identity [--json]. Needs the lifecycle lists of the develop-only data.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from bench.report import emit, options, required
from detectors.identity import family, l1
from detectors.platforms import platform_name
from services.advisor.build import claims
from services.advisor.catalogue import Catalogue
from services.advisor.claim import Claim
from services.advisor.merge import platform_of

NAMINGS: Mapping[str, Callable[[str], str]] = {"as_read": str, "l1": l1, "l2": family}
_TOP = (1, 3)


def main() -> None:
    """Measure and print."""
    wanted = options("Match rates of model names between public lists.")
    catalogue = Catalogue.load()
    names = _names(claims(required("lifecycle")), catalogue.snapshot.synonyms)
    cases = {
        "modeldeprecations -> litellm": (names["modeldeprecations"], names["litellm"]),
        "its retired models -> litellm": (_retired(catalogue, names), names["litellm"]),
        "models_dev -> litellm": (names["models_dev"], names["litellm"]),
    }
    rows = [{"lists": case, "n": len(one)} | _rates(one, other) for case, (one, other) in cases.items()]
    raw = _raw()
    rows.append({"lists": "provider's successor among newer of the line"} | _successors(catalogue))
    first = rows[0]
    emit(
        "identity",
        float(str(first["l1"])),
        "% of names matched",
        n=int(str(first["n"])),
        baseline=raw,
        rows=rows,
        as_json=wanted.json,
    )


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


def _successors(catalogue: Catalogue) -> dict[str, object]:
    """Return how often the provider's own successor is among the first newer models of the line."""
    hits = dict.fromkeys(_TOP, 0)
    n = 0
    for entry in catalogue.snapshot.entries:
        named = {(r.platform, l1(r.model)) for r in entry.replacements if r.by == "provider"}
        if named:
            n += 1
            guesses = [(other.platform, l1(other.model)) for other in catalogue.newer(entry)]
            for top in _TOP:
                hits[top] += bool(named & set(guesses[:top]))
    return {"n": n} | {f"top_{top}": round(100 * hit / n, 1) for top, hit in hits.items()}


if __name__ == "__main__":
    main()
