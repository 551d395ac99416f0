"""Example calls as they may be shown: redacted, cut, and masked where they are toxic."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fmwatch.redaction import Redactor

from services.console.numbers import milliseconds, usd
from services.console.records import Alert, Call

LONGEST = 320  # characters of one text
MOST = 3

_REDACTOR = Redactor()
_WORD_TAIL = re.compile(r"(?<=\w)\w")


@dataclass(frozen=True, slots=True)
class Example:
    """One call that shows what an alert is about.

    Attributes
    ----------
    parts : (what it is, text), in reading order
    masked : a text was toxic, so only the first letter of its words is shown
    """

    event_id: str
    at: datetime
    about: str
    parts: tuple[tuple[str, str], ...]
    masked: bool


def examples(alert: Alert, calls: Sequence[Call]) -> list[Example]:
    """Return the first few of an alert's calls, as they may be shown."""
    order = {event_id: place for place, event_id in enumerate(alert.examples)}
    ranked = sorted(calls, key=lambda call: order.get(call.event_id, len(order)))
    return [_example(alert, call) for call in ranked[:MOST]]


def shown(text: str, *, toxic: bool) -> str:
    """Return a text cut and redacted; masked when it is toxic."""
    redacted, _ = _REDACTOR.text(text)
    short = redacted if len(redacted) <= LONGEST else redacted[:LONGEST] + " …"
    return mask(short) if toxic else short


def mask(text: str) -> str:
    """Return the text with only the first letter of each word left."""
    return _WORD_TAIL.sub("•", text)


def _example(alert: Alert, call: Call) -> Example:
    toxic_prompt = call.labels.get("toxicity_prompt") == "toxic" or alert.signal == "toxicity"
    toxic_response = call.labels.get("toxicity_response") == "toxic" or alert.signal == "toxicity"
    texts = [("asked", shown(call.prompt, toxic=toxic_prompt))]
    if alert.signal == "hallucination" and call.context:
        texts.append(("given", shown(" ".join(call.context), toxic=False)))
    texts.append(("answered", shown(call.response, toxic=toxic_response)))
    if call.error_type:
        texts.append(("failed with", shown(call.error_type, toxic=False)))
    parts = tuple((name, text) for name, text in texts if text)
    return Example(call.event_id, call.occurred_at, _about(call), parts, toxic_prompt or toxic_response)


def _about(call: Call) -> str:
    served = call.served_model if call.served_model != call.model else ""
    facts = (
        call.route,
        f"{call.model} (served by {served})" if served else call.model,
        milliseconds(call.latency_ms) if call.latency_ms is not None else "",
        f"{usd(call.cost_usd)} USD" if call.cost_usd is not None else "",
    )
    return " · ".join(fact for fact in facts if fact)
