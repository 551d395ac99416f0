"""Events as rows: a pure function of the event and its verdicts; the same message gives the same row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from operator import attrgetter
from typing import Any

import numpy as np
from fmwatch.event import Change, Feedback, Generation, Logprobs, Request, Usage
from numpy.typing import NDArray

from detectors.base import Column
from detectors.batch import Batch, Embeddings

Rows = dict[str, list[Any]]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

# Fields that are stored another way than as one plain value; all the others are columns of the same name.
_APART = {
    *("occurred_at", "received_at", "request", "usage", "logprobs"),
    *("messages", "context", "tool_calls", "samples", "extra"),
}
_PLAIN = tuple(field.name for field in fields(Generation) if field.name not in _APART)
_REQUEST = tuple(field.name for field in fields(Request))
_USAGE = tuple(field.name for field in fields(Usage))
_LOGPROBS = tuple(field.name for field in fields(Logprobs))

# Verdicts with a score and a label, and those of which only the label is a column.
_SCORED = ("hallucination", "toxicity_prompt", "toxicity_response", "refusal", "privacy")
_LABELLED = {
    "language": "language",
    "outcome": "outcome",
    "spend": "cost_status",
    "residency": "residency_label",
}
_SPEND_NUMBERS = ("cost_pusd", "cost_input_pusd", "cost_output_pusd", "cost_cache_pusd", "cost_other_pusd")
_SPEND_WORDS = ("price_source", "price_as_of", "unpriced_reason")


def generation_columns(events: Sequence[Generation], verdicts: Mapping[str, Column]) -> Rows:
    """Return the columns of table `generations`, one value per event; a verdict not given stays empty."""
    rows: Rows = {name: list(map(attrgetter(name), events)) for name in _PLAIN}
    rows["occurred_at"] = [microseconds(event.occurred_at) for event in events]
    rows["received_at"] = [_maybe(event.received_at) for event in events]
    rows |= _parts("request_", [event.request for event in events], _REQUEST)
    rows["request_reasoning_effort"] = [word or "" for word in rows["request_reasoning_effort"]]
    rows |= _parts("usage_", [event.usage for event in events], _USAGE)
    rows |= _content(events)
    rows["extra"] = [as_json(event.extra) if event.extra else "" for event in events]
    rows["cluster"] = [cluster(event) for event in events]
    return rows | _verdicts(verdicts, len(events))


def embedding_columns(batch: Batch) -> Rows:
    """Return the columns of table `embeddings` for the events that have text."""
    prompts = _row_bytes(batch.prompt_embedding)
    responses = _row_bytes(batch.response_embedding)
    prompt_unknown, response_unknown = map(_known, (batch.prompt_unknown_ratio, batch.response_unknown_ratio))
    kept = [index for index in range(len(batch)) if prompts[index] or responses[index]]
    events = [batch.events[index] for index in kept]
    names = ("tenant", "route", "request_model", "event_id")
    return {
        **{name: list(map(attrgetter(name), events)) for name in names},
        "occurred_at": [microseconds(event.occurred_at) for event in events],
        "encoder": [batch.encoder.version] * len(kept),
        "prompt_embedding": [prompts[index] for index in kept],
        "response_embedding": [responses[index] for index in kept],
        "prompt_unknown_ratio": [prompt_unknown[index] for index in kept],
        "response_unknown_ratio": [response_unknown[index] for index in kept],
    }


def feedback_columns(events: Sequence[Feedback]) -> Rows:
    """Return the columns of table `feedback`."""
    rows: Rows = {name: [getattr(event, name) for event in events] for name in ("tenant", "event_id", "kind")}
    rows |= {name: [getattr(event, name) for event in events] for name in ("name", "by")}
    rows["at"] = [microseconds(event.at) for event in events]
    rows["value"] = [as_json(event.value) for event in events]
    rows["value_number"] = [
        float(event.value) if isinstance(event.value, bool | int | float) else None for event in events
    ]
    rows["extra"] = [as_json(event.extra) if event.extra else "" for event in events]
    return rows


def change_columns(events: Sequence[Change]) -> Rows:
    """Return the columns of table `changes`."""
    names = ("tenant", "kind", "route", "platform", "model", "to", "note", "by")
    rows: Rows = {name: [getattr(event, name) for event in events] for name in names}
    rows["from"] = [event.from_ for event in events]
    rows["at"] = [microseconds(event.at) for event in events]
    rows["until"] = [_maybe(event.until) for event in events]
    rows["extra"] = [as_json(event.extra) if event.extra else "" for event in events]
    return rows


def cluster(event: Generation) -> int:
    """Return what retries of one question share: their conversation, else the hash of prompt and context.

    A call whose content was not captured is a question of its own.
    """
    what: tuple[str, ...]
    if event.conversation_id:
        what = ("c", event.conversation_id)
    elif event.prompt or event.messages or event.context:
        turns = [text for message in event.messages for text in (message.role, message.content)]
        what = ("q", event.prompt, *turns, "", *[passage.text for passage in event.context])
    else:
        what = ("e", event.event_id)
    text = "\0".join((event.tenant, event.route, *what))
    # Half a surrogate pair cannot be stored, yet it must not stop the rows beside it.
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def microseconds(moment: datetime) -> int:
    """Return microseconds since the epoch, exactly."""
    return (moment - EPOCH) // MICROSECOND


def as_json(value: object) -> str:
    """Return compact JSON with sorted keys; what JSON does not know becomes a string."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str)


def _maybe(moment: datetime | None) -> int | None:
    return None if moment is None else microseconds(moment)


def _parts(prefix: str, parts: Sequence[object], names: Iterable[str]) -> Rows:
    return {prefix + name: list(map(attrgetter(name), parts)) for name in names}


def _content(events: Sequence[Generation]) -> Rows:
    ids = [[passage.id for passage in event.context] for event in events]
    scores = [[passage.score for passage in event.context] for event in events]
    rows: Rows = {
        "messages": [
            as_json([{"role": turn.role, "content": turn.content} for turn in event.messages])
            if event.messages
            else ""
            for event in events
        ],
        "context": [[passage.text for passage in event.context] for event in events],
        "context_ids": [found if any(found) else [] for found in ids],
        "context_scores": [found if found.count(None) < len(found) else [] for found in scores],
        "tool_calls": [as_json(event.tool_calls) if event.tool_calls else "" for event in events],
        "samples": [list(event.samples) for event in events],
    }
    for name in _LOGPROBS:
        rows[f"logprobs_{name}"] = [event.logprobs and getattr(event.logprobs, name) for event in events]
    return rows


def _verdicts(verdicts: Mapping[str, Column], n: int) -> Rows:
    rows: Rows = {}
    for name in _SCORED:
        found = verdicts.get(name)
        rows[name] = _numbers(found) if found else [None] * n
        rows[f"{name}_label"] = list(found.label) if found else [""] * n
    for name, column in _LABELLED.items():
        rows[column] = list(verdicts[name].label) if name in verdicts else [""] * n
    parts = verdicts["spend"].parts if "spend" in verdicts else {}
    rows |= {name: _part(parts, name, n, _integer) for name in _SPEND_NUMBERS}
    rows |= {name: _part(parts, name, n, _word) for name in _SPEND_WORDS}
    kinds = verdicts["privacy"].parts.get("kinds") if "privacy" in verdicts else None
    rows["privacy_kinds"] = [{}] * n if kinds is None else list(kinds)
    rows["detector_versions"] = [as_json({name: verdicts[name].version for name in verdicts})] * n
    return rows


def _numbers(column: Column) -> list[float | None]:
    return _known(column.score)


def _known(numbers: NDArray[np.float32]) -> list[float | None]:
    return [None if number != number else number for number in numbers.tolist()]  # noqa: PLR0124 - NaN


def _part(parts: Mapping[str, Any], name: str, n: int, convert: Callable[[object], object]) -> list[object]:
    return [convert(value) for value in parts[name]] if name in parts else [convert(None)] * n


def _integer(value: object) -> int | None:
    return None if value is None else int(value)  # type: ignore[call-overload]  # a scorer's integer


def _word(value: object) -> str:
    return "" if value is None else str(value)


def _row_bytes(embeddings: Embeddings) -> list[bytes]:
    filled = np.any(embeddings, axis=1)
    return [row.tobytes() if full else b"" for row, full in zip(embeddings, filled, strict=True)]
