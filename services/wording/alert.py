"""An alert as a person reads it at three in the morning: one line that says it all, then one screen.

Everything here is one line of printable characters; what else a receiver could obey, it escapes itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from services.wording.examples import Example
from services.wording.explanation import LIKELY, Suspicion, Triage
from services.wording.first_steps import FIRST_STEPS
from services.wording.links import Link
from services.wording.numbers import count, known, lasting, moment, percent, portion, quantity
from services.wording.told import Changed, Told, teams
from services.wording.words import beyond, clip, listed, one_line, plural, times

HEADLINE = 110  # characters; a phone shows about so many of a notification
LONGEST_LINE = 320
MOST_EVIDENCE = 3
MOST_CLEARED = 5
NOT_WHOLE = 0.995  # a share from here on is everything
NONE_BEFORE = 1000.0  # times the reference: the ratio says nothing any more
DAYS = "days"
DRIFT = frozenset({"prompt_drift", "response_drift"})
OF = {
    "hallucination": "judged answers",
    "refusal": "answers",
    "truncated": "answers",
    "prompt_drift": "questions",
    "response_drift": "answers",
    "detector_coverage": "calls go unjudged",
    "detector_changed": "calls judged by the new versions",
    "detector_lag": "calls scored within an hour",
}
SUSPECTS = {
    "traffic": "what is asked",
    "prompt": "the prompt",
    "application": "your application",
    "provider": "the provider",
    "served_model": "another model behind the name",
    "detector": "our own detector",
}
# Where a model may be to blame, the advice about it belongs to the alert.
ABOUT_MODELS = frozenset({"lifecycle", "model_changed", "unpriced"})
MODELS_FAULT = frozenset({"provider", "served_model"})


class Line(NamedTuple):
    """One thing that an alert says."""

    name: str
    text: str


def headline(alert: Told) -> str:
    """Return the line that says what, who and how bad."""
    over = "Over: " if alert.state == "resolved" else ""
    said = clip(f"{over}{alert.title}", HEADLINE)
    share = alert.share_of_traffic
    if share is None or not 0 < share < NOT_WHOLE or alert.series.level == "fleet":
        return said
    whole = f"{said}; {portion(share)} of traffic"
    return whole if len(whole) <= HEADLINE else said


def lines(alert: Told, examples: Sequence[Example] = ()) -> list[Line]:
    """Return what stands under the headline, the most urgent first.

    Parameters
    ----------
    examples : of its calls, where they may be shown
    """
    explanation = alert.explanation
    found = [
        Line("How bad", _how_bad(alert)),
        Line("For whom", _for_whom(alert)),
        Line("Since", _since(alert)),
        Line("Cause", cause(explanation.triage) if explanation.triage else ""),
        Line("Sits in", _sits_in(alert)),
        Line("Changed", _nearest(alert)),
        Line("Do first", FIRST_STEPS.get(alert.signal, "")),
        Line("Advice", explanation.advice if _models_fault(alert) else ""),
        *_shown(examples),
        Line("Note", alert.note),
        Line("Owner", alert.owner or (f"nobody is named for team {alert.team}" if alert.team else "")),
    ]
    return [Line(name, clip(text.strip(), LONGEST_LINE)) for name, text in found if text.strip()]


def text(alert: Told, examples: Sequence[Example] = (), links: Sequence[Link] = ()) -> str:
    """Return the whole alert as plain text, the headline first."""
    rows = [*lines(alert, examples), *(Line(link.name, link.url) for link in links)]
    return "\n".join([headline(alert), *(f"{row.name}: {row.text}" for row in rows)])


def cause(triage: Triage) -> str:
    """Return what is behind it, or what was looked at in vain."""
    named = triage.cause
    if named is not None:
        sure = "Likely" if named.weight >= LIKELY else "Perhaps"
        return f"{sure} {_suspect(named)}: {_evidence(named)}."
    seen = ", ".join(one_line(one) for one in triage.cleared[:MOST_CLEARED])
    doubt = " or ".join(f"{_suspect(one)} ({_evidence(one)})" for one in triage.suspects[:2])
    return f"Cannot tell{': perhaps ' if doubt else ''}{doubt}." + (f" As before: {seen}." if seen else "")


def _how_bad(alert: Told) -> str:
    if alert.observed is None:
        return f"n = {count(alert.n)}"
    if alert.unit == DAYS:
        left = f"{count(max(alert.observed, 0.0))} days left, " if alert.observed > 0 else ""
        return f"{left}{count(alert.n)} calls in the last days"
    of = f" of {_calls(alert)}" if alert.unit == "ratio" else ""
    basis = ", ".join(
        part for part in (known(alert.low, alert.high, alert.unit), f"n = {count(alert.n)}") if part
    )
    rest = beyond(alert.facts)
    now = f"{quantity(alert.observed, alert.unit)}{f' or more for {rest} of calls' if rest else ''}"
    if basis != f"n = {count(alert.observed)}":  # what was counted is its own n
        now = f"{now}{of} ({basis})"
    return f"{now}{_against(alert, alert.observed)}" if alert.reference else now


def _against(alert: Told, observed: float) -> str:
    """Return what it is held against."""
    usual, ratio = quantity(alert.reference, alert.unit), times(observed, alert.reference)
    if alert.signal in DRIFT:
        return f" lie where {usual} used to"
    if alert.signal == "budget":
        return f" of a budget of {usual}: {ratio}"
    if observed > NONE_BEFORE * (alert.reference or 0.0):
        return ", usually next to none"
    return f", usually {usual}: {ratio}"


def _calls(alert: Told) -> str:
    if alert.signal == "toxicity":
        return "questions" if alert.facts.get("what") == "toxic prompts" else "judged answers"
    return OF.get(alert.signal, "calls")


def _for_whom(alert: Told) -> str:
    share = alert.share_of_traffic
    routes, hit = tuple(alert.routes), teams(alert)
    many = f"{plural(len(routes), 'route')}: " if len(routes) > 1 else ""
    parts = (
        f"{portion(share)} of traffic" if share and 0 < share < NOT_WHOLE else "",
        f"{many}{listed(routes)}",
        f"{'teams' if len(hit) > 1 else 'team'} {listed(hit)}" if hit else "",
        f"tenant {clip(alert.series.tenant)}" if alert.series.tenant not in {"", "default"} else "",
    )
    return "; ".join(part for part in parts if part)


def _since(alert: Told) -> str:
    began = alert.began_at
    if alert.unit == DAYS:
        return f"announced {began:%d %b %Y}"
    said = f"{began:%a %d %b %H:%M} UTC"
    if alert.began_low != alert.began_high:
        low, high = moment(alert.began_low, began), moment(alert.began_high, began)
        said += f" (95 %: {low} to {high})"
    found = alert.detected_at - began
    said += f", found {lasting(found)} later" if found >= timedelta(minutes=1) else ""
    if alert.state == "resolved" and alert.resolved_at:
        said += f", over {moment(alert.resolved_at, began)} after {lasting(alert.resolved_at - began)}"
    return said


def _sits_in(alert: Told) -> str:
    part = alert.explanation.slice
    if part is None:
        return ""
    before = f", {portion(part.share_before)} before" if part.share_before < part.share / 2 else ""
    as_in = ", as in the first example" if part.by == "questions" else ""
    rates = f"{percent(part.observed)} of {count(part.n)} against usually {percent(part.reference)}"
    return (
        f"{part.by} {clip(part.value)}{as_in} ({portion(part.share)} of these calls{before}): {rates}; "
        "the rest is as usual"
    )


def _nearest(alert: Told) -> str:
    change = alert.nearest_change
    if change is None:
        return "" if alert.unit == DAYS else "nothing declared in the 24 h before"
    apart = alert.began_at - change.at
    when = f"{lasting(apart)} before" if apart >= timedelta() else f"{lasting(-apart)} after the estimate"
    return f"{when}: {_change(change)}"


def _change(change: Changed) -> str:
    moved = " -> ".join(clip(part) for part in (change.from_, change.to) if part)
    what = " ".join(part for part in (clip(change.kind), moved) if part)
    where = ", ".join(clip(part) for part in (change.route, change.platform, change.model) if part)
    parts = (
        what,
        f" on {where}" if where else "",
        f" by {clip(change.by)}" if change.by else "",
        f": {clip(change.note)}" if change.note else "",
    )
    return "".join(parts)


def _suspect(suspicion: Suspicion) -> str:
    return SUSPECTS[suspicion.cause]


def _evidence(suspicion: Suspicion) -> str:
    return "; ".join(one_line(said) for said in suspicion.evidence[:MOST_EVIDENCE])


def _models_fault(alert: Told) -> bool:
    triage = alert.explanation.triage
    named = triage.cause if triage else None
    return alert.signal in ABOUT_MODELS or (named is not None and named.cause in MODELS_FAULT)


def _shown(examples: Sequence[Example]) -> Iterator[Line]:
    for number, example in enumerate(examples, start=1):
        said = "; ".join(f'{name} "{clip(part, 90)}"' for name, part in example.parts)
        yield Line(f"Example {number}", said)
    words = [word for example in examples for word in example.words]
    yield Line("Their words", ", ".join(words))
