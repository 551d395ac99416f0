"""What a gate says, for people: lines for a terminal, Markdown for a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from services.wording.words import clip

Document = Mapping[str, Any]
MOST_WORSE = 10  # of the lines where the candidate is worse
_SHOWN = 120  # characters of an answer
_SPECIAL = "\\`*_{}[]<>()#+!|~"


def lines(found: Document) -> Iterator[str]:
    """Yield the lines for a terminal."""
    yield f"{found['outcome'].upper()}: {found['candidate']} {_instead(found)}on {found['route']}"
    yield from (f"  {clip(reason, 200)}" for reason in found["reasons"])
    counted = f"{found['judged']:,} of {found['lines']:,} lines"
    yield f"  bad answers {_shares(found)} on {counted}; {_known(found)}"
    seen = [guard for guard in found["guards"] if guard["incumbent_ratio"] or guard["candidate_ratio"]]
    yield from (f"  {guard['name']} {_guard(guard)}" for guard in seen)
    if none := [guard["name"] for guard in found["guards"] if guard["n"] and guard not in seen]:
        yield f"  on neither side: {', '.join(none)}"
    yield from (f"  {text}" for text in _measured(found))
    shown = found["worse"][:MOST_WORSE]
    if shown:
        yield f"  worse on {len(found['worse']):,} lines, better on {len(found['better']):,}:"
    for one in shown:
        yield f"    {clip(one['id'], 40)}: {clip(one['why'], 100)}: {clip(one['response'], 60)}"
    yield from (f"  note: {clip(note, 200)}" for note in found["notes"])


def markdown(found: Document) -> str:
    """Return a page for a pull request or a job's summary."""
    return "\n".join(_page(found)) + "\n"


def _page(found: Document) -> Iterator[str]:
    yield f"## {found['outcome']}: {_safe(found['candidate'])} on {_safe(found['route'])}"
    yield ""
    yield from (f"- {_safe(reason)}" for reason in found["reasons"])
    yield ""
    yield "| | incumbent | candidate | difference | lines |"
    yield "|---|---|---|---|---|"
    before, after = (_percent(found[f"{side}_bad_ratio"]) for side in ("incumbent", "candidate"))
    yield (
        f"| bad answers | {before} | {after} "
        f"| {_between(found['interval'])}, margin {_points(found['margin'])} pt "
        f"| {found['judged']:,} of {found['lines']:,} |"
    )
    yield from (_row(guard) for guard in found["guards"] if guard["n"])
    yield ""
    yield from (f"{text}  " for text in _measured(found))
    if found["worse"]:
        yield ""
        yield f"Worse on {len(found['worse']):,} lines, better on {len(found['better']):,}:"
        yield ""
    for one in found["worse"][:MOST_WORSE]:
        yield f"- {_safe(one['id'])}: {_safe(one['why'])}: {_safe(clip(one['response'], _SHOWN))}"
    yield from (f"\nNote: {_safe(note)}" for note in found["notes"])


def _row(guard: Document) -> str:
    shown = "" if guard["limit"] is not None else " (shown only)"
    failed = " **failed**" if guard["failed"] else shown
    return (
        f"| {guard['name']}{failed} | {_percent(guard['incumbent_ratio'])} "
        f"| {_percent(guard['candidate_ratio'])} | {_between(guard['interval'])} | {guard['n']:,} |"
    )


def _measured(found: Document) -> Iterator[str]:
    """Say what else was measured; it decides nothing."""
    p95, usd = found["latency_p95_ms"], found["usd_per_answer"]
    if p95["candidate"] is not None:
        before = f"{p95['incumbent']:,.0f}" if p95["incumbent"] is not None else "-"
        yield f"latency p95 {before} -> {p95['candidate']:,.0f} ms (decides nothing: watch it in traffic)"
    if usd["candidate"] is not None:
        before = f"{usd['incumbent']:.6f}" if usd["incumbent"] is not None else "-"
        yield f"cost per answer {before} -> {usd['candidate']:.6f} USD (decides nothing)"
    if found["spent_usd"] is not None:
        ended = ", which ended the asking" if found["capped"] else ""
        yield f"spent {found['spent_usd']:.4f} USD of the cap of {found['cap_usd']:g}{ended}"


def _instead(found: Document) -> str:
    return f"instead of {found['incumbent']} " if found["incumbent"] else ""


def _shares(found: Document) -> str:
    return " -> ".join(_percent(found[f"{side}_bad_ratio"]) for side in ("incumbent", "candidate"))


def _known(found: Document) -> str:
    return f"difference {_between(found['interval'])}, margin {_points(found['margin'])} pt"


def _guard(guard: Document) -> str:
    said = f"{_percent(guard['incumbent_ratio'])} -> {_percent(guard['candidate_ratio'])}"
    limit = "decides nothing" if guard["limit"] is None else f"limit +{_points(guard['limit'])} pt"
    failed = "; FAILED" if guard["failed"] else ""
    return f"{said} ({_between(guard['interval'])}; {limit}{failed}) n {guard['n']:,}"


def _between(interval: list[float] | None) -> str:
    if interval is None:
        return "unknown"
    return f"{100 * interval[0]:+.1f} to {100 * interval[1]:+.1f} pt"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _points(share: float) -> str:
    return f"{100 * share:.3g}"


def _safe(text: str) -> str:
    """Return a text from outside so that it is text in Markdown, on one line, and pings nobody."""
    line = clip(text, 400).replace("@", "@\u200b")
    return "".join(f"\\{char}" if char in _SPECIAL else char for char in line)
