"""Example calls as they may be shown: redacted, cut, and masked where they are toxic."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from fmwatch.redaction import Redactor

from services.wording.numbers import milliseconds, usd
from services.wording.words import Named

LONGEST = 320  # characters of one text
MOST = 3

_REDACTOR = Redactor()
_WORD_TAIL = re.compile(r"(?<=\w)\w")


class Shown(Protocol):
    """An alert with examples."""

    @property
    def signal(self) -> str: ...
    @property
    def series(self) -> Named: ...
    @property
    def routes(self) -> Sequence[str]: ...
    @property
    def examples(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Call:
    """One call, for an alert's examples."""

    event_id: str
    tenant: str
    occurred_at: datetime
    route: str = ""
    model: str = ""
    served_model: str = ""
    prompt: str = ""
    response: str = ""
    context: tuple[str, ...] = ()
    error_type: str = ""
    latency_ms: float | None = None
    cost_usd: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """One call that shows what an alert is about.

    Attributes
    ----------
    parts : (what it is, text), in reading order
    masked : a text was toxic, so only the first letter of its words is shown
    words : which its kind has and usual calls have not; of the first example only
    """

    event_id: str
    at: datetime
    about: str
    parts: tuple[tuple[str, str], ...]
    masked: bool
    words: tuple[str, ...] = ()


def examples(alert: Shown, calls: Sequence[Call]) -> list[Example]:
    """Return the first few of an alert's calls, as they may be shown."""
    order = {event_id: place for place, event_id in enumerate(alert.examples)}
    ranked = sorted(calls, key=lambda call: order.get(call.event_id, len(order)))
    return [_example(alert, call) for call in ranked[:MOST]]


def shows(alert: Shown, call: Call) -> bool:
    """Tell whether a call is an alert's example, and not another one that bears the same id."""
    series = alert.series
    pairs = (
        (series.platform, call.platform),
        (series.route, call.route),
        (series.model, call.model),
    )
    return (
        call.event_id in alert.examples
        and call.tenant == series.tenant
        and all(not named or named == has for named, has in pairs)
        and (not alert.routes or call.route in alert.routes)
    )


def call_of(row: Mapping[str, Any]) -> Call:
    """Return a call from its row, with the last question as its prompt."""
    labels = {
        name.removesuffix("_label"): str(value) for name, value in row.items() if name.endswith("_label")
    }
    plain = {
        name: row[name]
        for name in row
        if not name.endswith("_label") and name not in {"messages", "prompt", "context"}
    }
    prompt = row["prompt"] or _last_message(row["messages"])
    return Call(**plain, prompt=prompt, context=tuple(row["context"]), labels=labels)


def shown(text: str, *, toxic: bool) -> str:
    """Return a text cut and redacted; masked when it is toxic."""
    redacted, _ = _REDACTOR.text(text)
    short = redacted if len(redacted) <= LONGEST else redacted[:LONGEST] + " …"
    return mask(short) if toxic else short


def mask(text: str) -> str:
    """Return the text with only the first letter of each word left."""
    return _WORD_TAIL.sub("•", text)


def _example(alert: Shown, call: Call) -> Example:
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


def _last_message(messages: str) -> str:
    try:
        turns = json.loads(messages) if messages else []
    except ValueError:
        return ""
    asked = [
        turn.get("content", "") for turn in turns if isinstance(turn, dict) and turn.get("role") == "user"
    ]
    return str(asked[-1]) if asked else ""
