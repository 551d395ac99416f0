"""Dead letters over the server's API: of every tenant, so for those who may read and write all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.access.door import Door, LocalDoor, NoEntry
from services.access.readers import everybody
from services.access.token import Scope
from services.dead_letters.reading import Reading
from services.dead_letters.replays import MOST, Replays, UnknownLetter, unknown
from services.gateway.body import BodyError, read
from store.dead_letters import Asked
from store.errors import StoreUnavailable
from stream.again import Moment
from stream.errors import LogError

MOST_LISTED = 10_000
FIRST_YEAR = 1970  # the store's times begin somewhere
PREFIX = "/api/dead-letters"


class Take(msgspec.Struct, forbid_unknown_fields=True):
    """A request to hand letters in again."""

    ids: list[str]
    restamp: bool = False
    dry_run: bool = False
    replayed_at: Moment | None = None


# Made at import: of several threads that use a type for the first time one may crash (msgspec 0.22).
_TAKE, _MOMENT = msgspec.json.Decoder(Take), msgspec.json.Decoder(Moment)


class Routes:
    """The API of a store's dead letters.

    Parameters
    ----------
    replays : hands letters in again; None where this is only to be read
    entrance : who may ask; by default programs on this machine
    """

    def __init__(self, reading: Reading, replays: Replays | None, entrance: Door | None = None) -> None:
        self.reading = reading
        self.replays = replays
        self.entrance = entrance or LocalDoor()

    def routes(self) -> list[Route]:
        """Return the routes for a Starlette application."""
        read_only = [
            Route(f"{PREFIX}.json", self._guarded(self._list)),
            Route(f"{PREFIX}/pending.json", self._guarded(self._pending)),
            Route(f"{PREFIX}/outcomes.json", self._guarded(self._outcomes)),
            Route(f"{PREFIX}/{{letter}}.json", self._guarded(self._one, "content")),
        ]
        if self.replays is None:
            return read_only
        return [Route(f"{PREFIX}/replay", self._taking(self.replays), methods=["POST"]), *read_only]

    def _list(self, request: Request) -> object:
        limit = int(request.query_params.get("limit", "20"))
        return self.reading.listing(_asked(request), max(0, min(limit, MOST_LISTED)))

    def _pending(self, request: Request) -> object:
        return self.reading.pending(_asked(request))

    def _outcomes(self, request: Request) -> object:
        return self.reading.outcomes(_moment(request.query_params["replayed_at"]))

    def _one(self, request: Request) -> object:
        letter = request.path_params["letter"]
        found = self.reading.one(letter)
        if found is None:
            raise unknown(letter)
        return found

    def _taking(self, replays: Replays) -> Callable[[Request], Awaitable[Response]]:
        """Return the route that hands letters in again."""

        async def taken(request: Request) -> Response:
            try:
                everybody(self.entrance, request, "ingest")
                body = await read(request)
            except NoEntry as refused:
                return _answer(refused.status, {"error": str(refused)}, refused.headers)
            except BodyError as error:
                return _answer(error.status, {"error": str(error)})
            answered = self._guarded(lambda _: _handed_in(body, replays), "ingest")
            return await run_in_threadpool(answered, request)

        return taken

    def _guarded(
        self, work: Callable[[Request], object], scope: Scope = "read"
    ) -> Callable[[Request], Response]:
        """Return the route of some work: refused to strangers, its errors as answers that say the remedy."""

        def answered(request: Request) -> Response:
            try:
                everybody(self.entrance, request, scope)
                return _answer(200, work(request))
            except NoEntry as refused:
                return _answer(refused.status, {"error": str(refused)}, refused.headers)
            except UnknownLetter as error:
                return _answer(404, {"error": str(error)})
            except (StoreUnavailable, LogError) as error:
                return _answer(503, {"error": str(error)})
            except (ValueError, LookupError) as error:  # ours to send, so the command and the server differ
                return _answer(400, {"error": f"this server does not understand the request: {error}"})

        return answered


def _handed_in(body: bytes, replays: Replays) -> object:
    take = _TAKE.decode(body)
    if len(take.ids) > MOST:
        raise ValueError(f"at most {MOST} letters at a time")
    return replays.take(take.ids, restamp=take.restamp, dry_run=take.dry_run, replayed_at=take.replayed_at)


def _asked(request: Request) -> Asked:
    has = request.query_params
    since, until = (_moment(has[name]) if name in has else None for name in ("since", "until"))
    return Asked(has.get("reason", ""), has.get("tenant", ""), since, until)


def _moment(text: str) -> datetime:
    found = msgspec.convert(text, Moment)
    if found.year < FIRST_YEAR:
        raise ValueError(f"{text} is before {FIRST_YEAR}")
    return found


def _answer(status: int, content: object, headers: Mapping[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(content), status, headers, "application/json")
