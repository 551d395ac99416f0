"""The events fmwatch understands: one finished model call, feedback on it, and a change around it.

The one definition that client, gateway, workers and store share. Field names follow the stems of the
OpenTelemetry GenAI conventions. Standard library only; every value is immutable.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Dict, Literal, Optional, Tuple, Union

SCHEMA_VERSION = 1
MAX_TEXT_BYTES = 64 * 1024  # one text; longer is cut and flagged `truncated`
MAX_EVENT_BYTES = 900 * 1024  # a whole event; over it content goes before metadata

EventType = Literal["generation", "feedback", "change"]
UsageSource = Literal["provider", "estimated", "missing"]
FeedbackKind = Literal["thumb", "score", "label", "correction"]
FeedbackBy = Literal["human", "judge", "rule"]
ChangeKind = Literal["deploy", "prompt", "model", "price", "detector", "maintenance"]


@dataclass(frozen=True)
class Message:
    """One turn of a chat."""

    role: str
    content: str = ""


@dataclass(frozen=True)
class Passage:
    """One piece of context the model was given to answer from."""

    text: str
    id: str = ""
    score: Optional[float] = None


@dataclass(frozen=True)
class Request:
    """What the caller asked the model to do."""

    temperature: Optional[float] = None
    max_tokens: Optional[int] = None
    reasoning_effort: Optional[str] = None
    stream: Optional[bool] = None


@dataclass(frozen=True)
class Logprobs:
    """The model's own token log-probabilities, summed up."""

    mean: float
    min: float
    n: int


@dataclass(frozen=True)
class Usage:
    """Tokens of one call. `input` includes cache reads and writes, `output` includes reasoning."""

    input: Optional[int] = None
    output: Optional[int] = None
    cache_read: Optional[int] = None
    cache_write_5m: Optional[int] = None
    cache_write_1h: Optional[int] = None
    reasoning: Optional[int] = None
    audio_input: Optional[int] = None
    audio_output: Optional[int] = None
    images: Optional[int] = None
    seconds: Optional[float] = None
    searches: Optional[int] = None


@dataclass(frozen=True)
class Generation:
    """One finished model call.

    Identity is (tenant, hour of occurred_at, route, request_model, event_id): the same identity again is
    a duplicate, never a second call.
    """

    event_id: str
    occurred_at: datetime  # aware, UTC
    provider: str
    request_model: str
    schema_version: int = SCHEMA_VERSION
    received_at: Optional[datetime] = None
    # trace
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    conversation_id: str = ""
    operation: str = "chat"
    attempt: int = 1
    # whose
    tenant: str = "default"
    team: str = ""
    app: str = ""
    route: str = ""
    environment: str = ""
    prompt_name: str = ""
    prompt_version: str = ""
    user_hash: str = ""
    tags: Dict[str, str] = field(default_factory=dict)
    # model
    platform: str = ""
    region: str = ""
    response_model: str = ""
    base_model: str = ""
    system_fingerprint: str = ""
    service_tier: str = "standard"
    request: Request = field(default_factory=Request)
    # content
    prompt: str = ""
    messages: Tuple[Message, ...] = ()
    response: str = ""
    context: Tuple[Passage, ...] = ()
    tool_calls: Tuple[object, ...] = ()
    samples: Tuple[str, ...] = ()
    logprobs: Optional[Logprobs] = None
    # outcome
    finish_reason: str = ""
    error_type: str = ""
    latency_ms: Optional[float] = None
    ttft_ms: Optional[float] = None
    gateway_cached: bool = False
    # usage
    usage: Usage = field(default_factory=Usage)
    usage_source: UsageSource = "provider"
    cost_usd: Optional[float] = None
    # added at the border
    redactions: Dict[str, int] = field(default_factory=dict)
    truncated: bool = False
    extra: Dict[str, object] = field(default_factory=dict)  # unknown fields, dotted paths when nested


@dataclass(frozen=True)
class Feedback:
    """What somebody thought of one generation."""

    event_id: str
    kind: FeedbackKind
    at: datetime
    tenant: str = "default"
    name: str = ""
    value: Union[bool, float, str, None] = None
    by: FeedbackBy = "human"
    extra: Dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """Something that was changed on purpose: a deploy, a prompt, a model, a price, a detector."""

    at: datetime
    kind: ChangeKind
    tenant: str = "default"
    route: str = ""
    platform: str = ""
    model: str = ""
    from_: str = ""  # spelled `from` on the wire
    to: str = ""
    until: Optional[datetime] = None
    note: str = ""
    by: str = ""
    extra: Dict[str, object] = field(default_factory=dict)


Event = Union[Generation, Feedback, Change]
