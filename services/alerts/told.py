"""What the commands print about alerts; every text from outside is made harmless first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.demo.story import MARKS, plain
from services.wording.watching import watching

Document = Mapping[str, Any]

SHORTEST = 8  # characters of an id; more where two alerts would look alike
_MOST = 40  # series are named, the rest is counted
_SAID = {"resolved": "resolved by", "expected": "expected, says", "false": "a false alarm, says"}


def listing(alerts: Sequence[Document], truth: Document) -> Iterator[str]:
    """Yield a line for each alert, and how true those of the last month were; marked up for a terminal."""
    if not alerts:
        yield "No alerts."
    short = shortened([str(each["id"]) for each in alerts])
    for alert in alerts:
        yield MARKS.get(str(alert["severity"]), "") + plain(_alert(alert, short[str(alert["id"])]))
    yield from _truth(truth)


def said(document: Document) -> str:
    """Return what became of an alert that somebody has said something of."""
    alert = document["alert"]
    line = f"{alert['id'][:SHORTEST]} {alert['title']}: {_state(alert)}"
    waits = "" if document["heard"] else "; noted, and in force as soon as the watcher looks"
    return plain(line + waits)


def series(found: Sequence[Document]) -> Iterator[str]:
    """Yield which series are not watched as they should be, those that can say why together."""
    watched = sum(row["state"] == "watched" for row in found)
    yield f"{watched:,} of {len(found):,} series are watched, each for one signal."
    groups: dict[tuple[str, ...], list[str]] = {}
    for row in found:
        if row["state"] != "watched":
            groups.setdefault(_group(row), []).append(str(row["signal"]))
    for (where, why), signals in list(groups.items())[:_MOST]:
        yield plain(f"  {where}  {', '.join(sorted(set(signals)))}: {why}")
    if len(groups) > _MOST:
        yield f"  and {len(groups) - _MOST:,} more: --json has all, --state and --route choose"


def shortened(ids: Sequence[str]) -> dict[str, str]:
    """Return the beginning of each id that no other one has."""
    length = SHORTEST
    while len({name[:length] for name in ids}) < len(set(ids)):
        length += 1
    return {name: name[:length] for name in ids}


def _alert(alert: Document, short: str) -> str:
    began, ended = alert["began_at"], alert["resolved_at"]
    over = f", over {ended}" if ended and alert["state"] == "resolved" else ""
    owner = f"  owner {alert['owner']}" if alert["owner"] else ""
    return f"  {short}  {alert['title']}  since {began}{over}  {_state(alert)}{owner}"


def _state(alert: Document) -> str:
    if alert["outcome"]:
        return f"{_SAID[alert['outcome']]} {alert['ended_by']}"
    if alert["state"] == "resolved":
        return "over"
    if alert["muted"]:
        return f"muted until {alert['muted_until']}: {alert['muted']}"
    if alert["acknowledged_by"]:
        return f"{alert['state']}, {alert['acknowledged_by']} since {alert['acknowledged_at']}"
    return str(alert["state"])


def _truth(truth: Document) -> Iterator[str]:
    for name in ("pages", "tickets"):
        kind = truth[name]
        if not kind["fired"]:
            continue
        low, high = kind["interval"]
        rate = f"{kind['false_per_month']:g} a month (95 %: {low:g} to {high:g}"
        promised = f"promised {kind['promised_per_month']:g})"
        fired = f"{kind['fired']} {name} in {truth['days']:g} days"
        yield f"{fired}, {kind['false']} called false: {rate}; {promised}"
    unjudged = sum(truth[name]["unjudged"] for name in ("pages", "tickets"))
    if unjudged:
        yield f"Of {unjudged} nobody has said what they were: fmwatch alerts false ID, or expected ID."


def _group(row: Document) -> tuple[str, str]:
    model = "/".join(part for part in (row["platform"], row["model"]) if part)
    where = " ".join(part for part in (row["route"], f"({model})" if model else "") if part) or "everything"
    ready = (row["ready_at"] or "")[:10]
    return where, watching(row["state"], row["watched"], ready, row["last_at"] or "")


def counts(found: Sequence[Document]) -> Mapping[str, int]:
    """Return how many series are in each state."""
    return dict(sorted(Counter(str(row["state"]) for row in found).items()))
