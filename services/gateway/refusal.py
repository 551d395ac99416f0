"""Why nothing of a request is taken: the status, a sentence, and when to come again, however it is said."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import NamedTuple

from starlette.requests import ClientDisconnect

from services.access.door import NoEntry
from services.gateway.body import BodyError
from services.gateway.full import BUSY_RETRY_S, Full
from stream.errors import InvalidEvent, LogError, LogUnavailable

BROKEN_RETRY_S = 30
REFUSING = (NoEntry, Full, BodyError, InvalidEvent, ClientDisconnect, LogError)

_log = logging.getLogger(__name__)


class Refusal(NamedTuple):
    """What the answer says."""

    status: int
    message: str
    headers: Mapping[str, str] = {}


def refusal(
    error: NoEntry | Full | BodyError | InvalidEvent | ClientDisconnect | LogError,
) -> Refusal:
    """Return what is said of what was raised while a request was taken in."""
    match error:
        case NoEntry():
            return Refusal(error.status, str(error), error.headers)
        case Full():
            return later(429, str(error), error.after_s)
        case BodyError():
            return Refusal(error.status, str(error))
        case InvalidEvent():
            return Refusal(413 if error.reason == "too_large" else 400, error.message)
        case ClientDisconnect():
            return Refusal(400, "the connection was closed before the body had come")
        case LogError():
            return _away(error)


def later(status: int, message: str, after_s: int) -> Refusal:
    """Return what is said to who may send the same again, and after how many seconds."""
    return Refusal(status, message, {"Retry-After": str(after_s)})


def _away(error: LogError) -> Refusal:
    """Say that the log takes nothing now; why stands in our own log, for it names brokers and files."""
    passes = isinstance(error, LogUnavailable)
    if not passes:
        _log.error("the log refuses events", exc_info=error)
    what = "the log cannot take events now; send the same again later"
    return later(503, what, BUSY_RETRY_S if passes else BROKEN_RETRY_S)
