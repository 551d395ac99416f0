"""What a running server hands out of its past: for those who may read everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any, get_type_hints

import msgspec
import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from detectors.monitors.base import Observations
from detectors.monitors.snapshot import pack, unpack
from services.access.door import Door, NoEntry
from services.access.readers import everybody
from services.rules.history import History, moment
from store.errors import StoreError, StoreUnavailable

PATH = "/api/history"
NAME, VERSION = "observations", "3"
MOST_MINUTES = 1440
BYTES = "application/octet-stream"


def packed(observations: Observations) -> bytes:
    """Return observations as bytes."""
    columns = {column.name: getattr(observations, column.name) for column in fields(observations)}
    columns["event_id"] = list(observations.event_id)  # any sequence may stand there
    return pack(NAME, VERSION, msgspec.to_builtins(columns, builtin_types=(np.ndarray,)))


def unpacked(content: bytes) -> Observations:
    """Return the observations of `packed`."""
    state = unpack(NAME, VERSION, content)
    plain = {name: kind for name, kind in _types().items() if not isinstance(state[name], np.ndarray)}
    return Observations(**state | {name: msgspec.convert(state[name], kind) for name, kind in plain.items()})


@cache
def _types() -> Mapping[str, Any]:
    return get_type_hints(Observations)


class Span(msgspec.Struct, frozen=True):
    """A range of minutes since the epoch, as it is asked for."""

    since: int = 0
    until: int = 0

    def moments(self) -> tuple[datetime, datetime]:
        """Return both ends as moments."""
        return moment(self.since), moment(self.until)


def _observations(history: History, asked: Span) -> bytes:
    if not 0 < asked.until - asked.since <= MOST_MINUTES:
        raise ValueError(f"ask for {MOST_MINUTES} minutes at most")
    return packed(history.observations(asked.since, asked.until))


_ANSWERS: Mapping[str, Callable[[History, Span], bytes]] = {
    "span": lambda history, _: _encode(history.span()),
    "fleet": lambda history, asked: _encode(list(history.fleet(*asked.moments()).items())),
    "observations": _observations,
    "calendar": lambda history, asked: _encode(history.calendar(*asked.moments())),
    "changes": lambda history, asked: _encode(history.changes(*asked.moments())),
    "alerts": lambda history, asked: _encode(history.alerts(asked.moments()[0])),
}


def history_routes(history: History, entrance: Door) -> list[Route]:
    """Return the route by which a command looks back, for those who may read everything."""

    async def answered(request: Request) -> Response:
        try:
            everybody(entrance, request, "read")
            answer = _ANSWERS.get(request.path_params["what"])
            if answer is None:
                return _error(404, f"the past has {', '.join(_ANSWERS)}")
            asked = msgspec.convert(dict(request.query_params), Span, strict=False)
            return Response(await run_in_threadpool(answer, history, asked), media_type=BYTES)
        except NoEntry as refused:
            return _error(refused.status, str(refused), refused.headers)
        except StoreUnavailable as error:
            return _error(503, str(error))
        except (StoreError, ValueError, OverflowError) as error:
            return _error(400, f"this server does not understand the request: {error}")

    return [Route(f"{PATH}/{{what}}", answered)]


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode({"error": message}), status, headers, "application/json")


def _encode(found: object) -> bytes:
    return msgspec.msgpack.encode(found)
