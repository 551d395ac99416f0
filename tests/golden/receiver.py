"""Takes what an exporter sends over HTTP, and keeps it as it came."""

from __future__ import annotations

import gzip
from types import TracebackType
from typing import Self

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services import listening


class Receiver:
    """Listens on 127.0.0.1 inside the block, and says yes to everything: a producer's server has many doors.

    Attributes
    ----------
    url : what an exporter calls its endpoint
    port : in it
    bodies : (kind, whether JSON, body), in the order in which they came; kind is `traces` or `logs`
    """

    def __init__(self) -> None:
        self.bodies: list[tuple[str, bool, bytes]] = []

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        kind = request.url.path.rstrip("/").rpartition("/")[2]
        is_json = "json" in request.headers.get("content-type", "json")
        if kind in {"traces", "logs"}:
            self.bodies.append((kind, is_json, body))
        if is_json:
            return Response("{}", media_type="application/json")
        return Response(b"", media_type="application/x-protobuf")

    def __enter__(self) -> Self:
        app = Starlette(routes=[Route("/{path:path}", self._take, methods=["GET", "POST"])])
        self._open = listening.in_thread(app)
        self.url = self._open.__enter__()
        self.port = int(self.url.rpartition(":")[2])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)
