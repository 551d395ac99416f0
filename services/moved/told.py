"""A move as the lines that a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.wording.words import clip

Document = Mapping[str, Any]
NOTHING = (
    "No move in the last {days} days. One shows when a model takes over calls of another on a route, or is "
    "declared by a change of kind model."
)
_WORDS = {
    "kept": "within",
    "broken": "OVER",
    "over": "over, not surely",
    "open": "not sure",
    "unknown": "too few",
}


def listing(found: Sequence[Document], days: int) -> Iterator[str]:
    """Yield the lines about all moves."""
    if not found:
        yield NOTHING.format(days=days)
    for place, move in enumerate(found):
        if place:
            yield ""
        yield from _move(move)


def _move(move: Document) -> Iterator[str]:
    tenant = "" if move["tenant"] == "default" else f" of {clip(move['tenant'])}"
    yield f"{clip(move['route'])}{tenant}: {clip(move['incumbent'])} -> {clip(move['candidate'])}"
    yield f"  {_advice(move['advice'])}"
    step = move["step"]
    if step is None:
        return
    how = f"declared {_day(move['declared_at'])}" if move["declared_at"] else "not declared, seen in traffic"
    began = f"began {_minute(move['began_at'])}" if move["began_at"] else "began before what is stored"
    yield (
        f"  step {step['share']:.0%} ({step['observed_share']:.1%} of the calls of both) since "
        f"{_minute(step['since'])}, {step['calls']:,} calls; {began}, {how}"
    )
    if not move["began_at"]:
        first = _minute(move["followed_from"])
        yield f"  followed from {first} on, the first stored hour with calls of either"
    yield f"  compared with the incumbent: {move['compared_with']}"
    for guard in move["guards"]:
        yield f"    {_guard(guard, move['latency_p95_ms'])}"
    yield f"  {_promised(move['promise'], move['guards'])}"


def _advice(advice: Document) -> str:
    until = f" until {_minute(advice['until'])}" if advice["until"] else ""
    return f"{advice['action'].upper()}{until}: {clip('; '.join(advice['reasons']), 300)}"


def _guard(guard: Document, latency: Document) -> str:
    head = f"{guard['name']:<12} {_WORDS[guard['state']]}:"
    if guard["value"] is None:
        return f"{head} none to compare"
    counted = f"n {guard['n']:,}, incumbent {guard['n_incumbent']:,}"
    if guard["name"] == "latency":
        before, after = (_ms(latency[side]) for side in ("incumbent", "candidate"))
        return f"{head} p95 {before} -> {after}, limit x1.2; {counted}"
    if guard["relative"]:
        money = f"{guard['incumbent']:.6f} -> {guard['candidate']:.6f} USD a call"
        known = _range(guard["interval"], 1, "x{:.2f}")
        return f"{head} {money}, x{guard['value']:.2f}{known}, limit x1.1; {counted}"
    known = _range(guard["interval"], 100, "{:+.1f}")
    shares = f"{guard['incumbent']:.2%} -> {guard['candidate']:.2%}, {100 * guard['value']:+.2f} pt{known}"
    return f"{head} {shares}, limit {100 * guard['limit']:+.3g}; {counted}"


def _promised(promise: Document, guards: Sequence[Document]) -> str:
    if promise["made_at"] is None:
        said = "promised: nothing, no advice named this candidate before"
    else:
        cost = promise["cost_ratio"]
        money = f"cost {cost:+.0%} ({promise['cost_basis']})" if cost is not None else "no cost"
        bad = promise["bad_difference_interval"]
        quality = (
            f"bad answers {100 * bad[0]:+.1f} to {100 * bad[1]:+.1f} pt by {promise['pairs']:,} pairs"
            if bad
            else "nothing about quality"
        )
        said = f"promised {_day(promise['made_at'])}: {money}, {quality}"
    value = next(one["value"] for one in guards if one["name"] == "cost")
    real = f"cost {value - 1:+.0%}" if value is not None else "cost unknown"
    return (
        f"{said}; real: {real} ({promise['cost']}), latency {promise['latency']}, "
        f"bad answers {promise['bad_answers']}"
    )


def _ms(found: Document) -> str:
    if found["ms"] is None:
        return "-"
    return f"{found['ms']:,.0f} ms" + _range(found["interval"], 1, "{:,.0f}")


def _range(ends: Sequence[float] | None, times: float, form: str) -> str:
    return f" ({form.format(times * ends[0])} to {form.format(times * ends[1])})" if ends else ""


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")


def _day(moment: str) -> str:
    return moment[:10]
