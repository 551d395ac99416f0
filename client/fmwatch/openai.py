"""Watch a client of the OpenAI SDK, or of anything that speaks its interface: one line, the same client.

    from openai import OpenAI
    import fmwatch.openai

    client = fmwatch.openai.watch(OpenAI())

The SDK is the application's own; nothing of it is imported here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, TypeVar

from fmwatch.wrap import openai_chat, openai_responses
from fmwatch.wrap.call import event_id
from fmwatch.wrap.sdk import Endpoint, watched

if TYPE_CHECKING:
    from fmwatch.client import Client

__all__ = ["event_id", "watch"]

_C = TypeVar("_C")

_CHAT = Endpoint("chat", openai_chat.asked, openai_chat.answered, openai_chat.Chunks)
_ENDPOINTS = {
    "/chat/completions": _CHAT,
    "/completions": Endpoint(
        "text_completion", openai_chat.asked_text, openai_chat.answered, openai_chat.Chunks
    ),
    "/responses": Endpoint(
        "chat", openai_responses.asked, openai_responses.answered, openai_responses.Events
    ),
    "/embeddings": Endpoint("embeddings", openai_chat.asked_embeddings, openai_chat.embedded),
}


def watch(
    client: _C,
    *,
    to: Optional[Client] = None,
    include_usage: bool = False,
    provider: str = "",
    platform: str = "",
    region: str = "",
    **said: Any,  # noqa: ANN401 - any field of an event
) -> _C:
    """Return the same client, each of whose model calls is captured from now on.

    Chat completions, responses, completions and embeddings; synchronous and not, streamed, parsed, raw. An
    answer, a stream and a raw response carry the id of their event: `fmwatch.event_id(answer)`.

    Parameters
    ----------
    client : OpenAI, AsyncOpenAI, AzureOpenAI, AsyncAzureOpenAI, or a class of the application's own below one
    to : takes the events; by default the process's own client, see `fmwatch.configure`
    include_usage : have streams of chat completions say what they used. It adds `stream_options` to the
        request; the last chunk, which has nothing but the usage, is kept from the application
    provider, platform, region : where the client's host does not tell
    said : of each call, as route or app; a block of `fmwatch.observe` goes before it
    """
    known = {"provider": provider, "platform": platform, "region": region}
    return watched(
        client,
        endpoints=_ENDPOINTS,
        maker="openai",
        known=known,
        said=said,
        to=to,
        include_usage=include_usage,
    )
