"""The provider behind a port of this machine.

    with FakeProvider() as provider:
        provider.next(Reply(status=429, retry_after_s=0), Reply("Five days."))
        client = OpenAI(base_url=provider.openai_url, api_key="-")

python -m services.fake_provider.testing [--port 8000] [--latency 0.3]   answers until it is ended
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from itertools import count
from types import TracebackType
from typing import Any, Self

import click
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from services import listening
from services.fake_provider import anthropic_wire, google_wire, openai_wire
from services.fake_provider.reply import Reply

Fields = dict[str, Any]
Whole = Callable[[Fields, Reply, int], Fields]
Parts = Callable[[Fields, Reply, int], Iterator[Fields]]


class FakeProvider:
    """Answers on 127.0.0.1 inside the block, in a thread of its own.

    Parameters
    ----------
    latency_s : until an answer begins
    piece_s : between two pieces of a stream
    reply : what is answered where nothing else was said

    Attributes
    ----------
    asked : the requests' bodies, in order
    headers : their headers
    cut : how many streams the one who asked did not read to their end
    """

    def __init__(self, latency_s: float = 0.0, piece_s: float = 0.0, reply: Reply | None = None) -> None:
        self.latency_s = latency_s
        self.piece_s = piece_s
        self.reply = reply or Reply()
        self.asked: list[Fields] = []
        self.headers: list[Mapping[str, str]] = []
        self.cut = 0
        self._next: deque[Reply] = deque()
        self._numbers = count(1)

    def next(self, *replies: Reply) -> None:
        """Say what the next requests are answered."""
        self._next.extend(replies)

    @property
    def openai_url(self) -> str:
        """Return what OpenAI's clients call `base_url`."""
        return f"{self.url}/v1"

    def app(self) -> Starlette:
        """Return the application."""
        return Starlette(
            routes=[
                Route("/v1/chat/completions", self._completions, methods=["POST"]),
                Route("/openai/deployments/{azure}/chat/completions", self._completions, methods=["POST"]),
                Route("/v1/responses", self._responses, methods=["POST"]),
                Route("/v1/embeddings", self._embeddings, methods=["POST"]),
                Route("/v1/messages", self._messages, methods=["POST"]),
                Route("/v1beta/models/{call}", self._content, methods=["POST"]),
            ]
        )

    async def _completions(self, request: Request) -> Response:
        whole, parts = openai_wire.completion, openai_wire.completion_chunks
        return await self._answered(request, whole, parts, openai_wire.error, named=False)

    async def _responses(self, request: Request) -> Response:
        whole, parts = openai_wire.response, openai_wire.response_events
        return await self._answered(request, whole, parts, openai_wire.error, named=True)

    async def _messages(self, request: Request) -> Response:
        whole, parts = anthropic_wire.message, anthropic_wire.message_events
        return await self._answered(request, whole, parts, anthropic_wire.error, named=True)

    async def _content(self, request: Request) -> Response:
        whole, parts = google_wire.content, google_wire.content_chunks
        return await self._answered(request, whole, parts, google_wire.error, named=False, done="")

    async def _embeddings(self, request: Request) -> Response:
        asked, reply = await self._taken(request)
        return JSONResponse(openai_wire.embeddings(asked, reply))

    async def _answered(
        self,
        request: Request,
        whole: Whole,
        parts: Parts,
        error: Callable[[Reply], Fields],
        *,
        named: bool,
        done: str = "data: [DONE]\n\n",
    ) -> Response:
        asked, reply = await self._taken(request)
        if reply.status != 200:  # noqa: PLR2004 - the one good status
            after = {} if reply.retry_after_s is None else {"retry-after": f"{reply.retry_after_s:g}"}
            return JSONResponse(error(reply), reply.status, after)
        number = next(self._numbers)
        if asked.get("stream"):
            end = "" if named else done
            pieces = self._pieces(parts(asked, reply, number), reply.breaks_after, named=named, end=end)
            return StreamingResponse(pieces, media_type="text/event-stream")
        return JSONResponse(whole(asked, reply, number), headers={"x-request-id": f"req_{number:08d}"})

    async def _taken(self, request: Request) -> tuple[Fields, Reply]:
        asked = await request.json() | google_wire.in_path(request.path_params.get("call", ""))
        self.asked.append(asked)
        self.headers.append(dict(request.headers))
        await asyncio.sleep(self.latency_s)
        return asked, self._next.popleft() if self._next else self.reply

    async def _pieces(
        self, parts: Iterator[Fields], breaks_after: int | None, *, named: bool, end: str
    ) -> AsyncIterator[str]:
        done = False
        try:
            for index, part in enumerate(parts):
                if index == breaks_after:
                    raise ConnectionResetError("the connection is cut, as was asked for")
                name = f"event: {part['type']}\n" if named else ""
                yield f"{name}data: {json.dumps(part)}\n\n"
                await asyncio.sleep(self.piece_s)
            if end:
                yield end
            done = True
        finally:
            self.cut += not done

    def __enter__(self) -> Self:
        self._open = listening.in_thread(self.app())
        self.url = self._open.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)


@click.command(epilog="Example:  python -m services.fake_provider.testing --port 8000 --latency 0.3")
@click.option("--port", default=8000, show_default=True, help="Where to listen, on 127.0.0.1.")
@click.option("--latency", default=0.0, show_default=True, help="Seconds until an answer begins.")
@click.option("--piece", default=0.0, show_default=True, help="Seconds between two pieces of a stream.")
def main(port: int, latency: float, piece: float) -> None:
    """Answer as OpenAI and Anthropic do, until ended."""
    with listening.bound("127.0.0.1", port) as door:
        click.echo(listening.address(door))
        listening.answer(FakeProvider(latency, piece).app(), door)


if __name__ == "__main__":
    main()
