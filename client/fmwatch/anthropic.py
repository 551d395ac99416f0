"""Watch a client of the Anthropic SDK: one line, the same client.

    from anthropic import Anthropic
    import fmwatch.anthropic

    client = fmwatch.anthropic.watch(Anthropic())

The SDK is the application's own; nothing of it is imported here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, TypeVar

from fmwatch.wrap import anthropic_messages as messages
from fmwatch.wrap.call import event_id
from fmwatch.wrap.sdk import Endpoint, watched

if TYPE_CHECKING:
    from fmwatch.client import Client

__all__ = ["event_id", "watch"]

_C = TypeVar("_C")

_ENDPOINTS = {"/v1/messages": Endpoint("chat", messages.asked, messages.answered, messages.Events)}


def watch(
    client: _C,
    *,
    to: Optional[Client] = None,
    provider: str = "",
    platform: str = "",
    region: str = "",
    **said: Any,  # noqa: ANN401 - any field of an event
) -> _C:
    """Return the same client, each of whose messages is captured from now on.

    `messages.create`, streamed or not, `messages.stream`, parsed, raw, and the same under `beta`. An answer,
    a stream and a raw response carry the id of their event: `fmwatch.event_id(answer)`.

    Parameters
    ----------
    client : Anthropic, AsyncAnthropic, or those of Bedrock, Vertex and Foundry
    to : takes the events; by default the process's own client, see `fmwatch.configure`
    provider, platform, region : where the client's class and host do not tell
    said : of each call, as route or app; a block of `fmwatch.observe` goes before it
    """
    known = {"provider": provider, "platform": platform, "region": region}
    return watched(
        client,
        endpoints=_ENDPOINTS,
        maker="anthropic",
        known=known,
        said=said,
        to=to,
    )
