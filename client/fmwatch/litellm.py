"""Watch everything that LiteLLM asks, in the application or in its proxy.

import litellm
import fmwatch.litellm

litellm.callbacks = [fmwatch.litellm.callback()]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from fmwatch.client import Client

__all__ = ["callback"]


def callback(*, to: Optional[Client] = None, **said: Any) -> Any:  # noqa: ANN401 - any field; a class of LiteLLM's
    """Return a callback for `litellm.callbacks`: an event per call, streamed or not, and per failed try.

    LiteLLM calls it after the answer, in a thread or task of its own. The event's id is LiteLLM's
    `litellm_call_id`, which `fmwatch.event_id(response)` finds. Where a stream says no usage, LiteLLM counts
    the tokens by itself: `usage_source` is then "estimated".

    Parameters
    ----------
    to : takes the events; by default the process's own client
    said : of each call, as route or app; a block of `fmwatch.observe` goes before it

    Raises
    ------
    ImportError : LiteLLM is not installed
    """
    from fmwatch.wrap import litellm_callback  # noqa: PLC0415 - only who uses it

    return litellm_callback.callback(to, said)
