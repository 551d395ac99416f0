"""What the gateway says in JSON, of which the OpenAPI document is made as well."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Count = Annotated[int, Meta(ge=0)]


class Reject(msgspec.Struct, frozen=True):
    """A line that is no event the sender may send."""

    line: Annotated[int, Meta(ge=1, description="of the body's events, from 1")]
    reason: Annotated[str, Meta(description="a code of docs/dead-letters.md, or foreign_tenant")]
    field: Annotated[str, Meta(description="what is wrong in the event; empty where all of it is")]
    message: Annotated[str, Meta(description="what is wrong, and what to do")]


class Taken(msgspec.Struct, frozen=True):
    """What became of the events of a body; those that are none are dead letters."""

    accepted: Annotated[Count, Meta(description="events that the log has")]
    rejected: Count
    rejects: Annotated[list[Reject], Meta(description="why; the first of them, where there are many")]


class Refused(msgspec.Struct, frozen=True):
    """Nothing of the request was taken."""

    error: Annotated[str, Meta(description="why, and what to do")]


class Healthy(msgspec.Struct, frozen=True):
    """The process answers."""

    status: Literal["ok"]


class Ready(msgspec.Struct, frozen=True):
    """Events are taken in."""

    status: Literal["ready"]
    waiting: Annotated[Count, Meta(description="lines, or on Kafka records, that no worker has taken yet")]
    lost_by_clients: Annotated[dict[str, Count], Meta(description="events by reason, as clients say")]
