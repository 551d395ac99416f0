"""Watch the model calls of LangChain and LangGraph, synchronous and not, and what was retrieved for them.

import fmwatch.langchain

chain.invoke(question, config={"callbacks": [fmwatch.langchain.callback()]})
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from fmwatch.client import Client

__all__ = ["callback"]


def callback(
    *,
    to: Optional[Client] = None,
    provider: str = "",
    platform: str = "",
    region: str = "",
    **said: Any,  # noqa: ANN401 - any field of an event
) -> Any:  # noqa: ANN401 - a class of LangChain's
    """Return a callback handler: an event per model call, with what retrievers found before in the same run.

    One may serve a whole process. The message that a model returns carries the id of its event, for
    `fmwatch.event_id(message)`; of a chain that ends otherwise,
    `with fmwatch.observe() as seen:` has it.

    Parameters
    ----------
    to : takes the events; by default the process's own client
    provider, platform, region : where LangChain does not know who really answers, as behind a `base_url`
    said : of each call, as route or app; a block of `fmwatch.observe` goes before it

    Raises
    ------
    ImportError : langchain-core is not installed
    """
    from fmwatch.wrap import langchain_callback  # noqa: PLC0415 - only who uses it

    fixed = {"provider": provider, "platform": platform, "region": region}
    return langchain_callback.callback(to, said, {name: value for name, value in fixed.items() if value})
