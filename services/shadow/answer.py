"""A candidate's answer as an ordinary call of the route, tied to the incumbent's by the tag `pair_of`."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec

from services.endpoint.answer import Answer, usage
from store.labels import PAIR_TAG, SHARE_TAG
from store.pairs import Call
from stream.importers import content
from stream.importers.values import said

Fields = dict[str, Any]

_WHOSE = ("tenant", "team", "app", "route", "environment", "prompt_name", "prompt_version", "user_hash")


def event(
    call: Call,
    answer: Answer,
    asked: Fields,
    *,
    platform: str,
    model: str,
    at: datetime,
    share: float | None = None,
) -> Fields:
    """Return the event of an answer.

    Its id is a function of the request and the candidate, so that it counts once however often it is sent. It
    has the user's hash: who is erased is erased here too. It has no conversation, which would make retries of
    the answers of one.

    Parameters
    ----------
    share : of the requests of its run that went to this candidate, where several were asked
    """
    counted = usage(answer)
    return said(
        {
            "type": "generation",
            "event_id": answer_id(call, platform, model),
            "occurred_at": at.isoformat(),
            **{name: getattr(call, name) for name in _WHOSE},
            "tags": {PAIR_TAG: call.event_id, **({} if share is None else {SHARE_TAG: f"{share:.4f}"})},
            "provider": platform,
            "platform": platform,
            "request_model": model,
            "response_model": _text(answer.body, "model"),
            "system_fingerprint": _text(answer.body, "system_fingerprint"),
            "request": content.request(asked),
            **(
                {"messages": msgspec.json.decode(call.messages)} if call.messages else {"prompt": call.prompt}
            ),
            "context": _context(call),
            **content.answered(answer.body or ""),
            "error_type": answer.error_type,
            "latency_ms": round(answer.latency_ms, 3),
            "usage": counted,
            "usage_source": "" if counted else "missing",
        }
    )


def answer_id(call: Call, platform: str, model: str) -> str:
    """Return the id of a candidate's answer to a call."""
    of = f"{call.tenant}\0{call.route}\0{call.event_id}\0{platform}\0{model}"
    return f"shadow-{blake2b(of.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}"


def _context(call: Call) -> list[Fields]:
    ids = call.context_ids or [""] * len(call.context)
    scores = call.context_scores or [None] * len(call.context)
    return [
        said({"id": name, "text": text, "score": score})
        for name, text, score in zip(ids, call.context, scores, strict=True)
    ]


def _text(body: Fields, name: str) -> str:
    return body[name] if isinstance(body.get(name), str) else ""
