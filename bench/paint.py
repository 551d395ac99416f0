"""How soon a browser shows a page: its first contentful paint in headless Chromium, as the page tells it."""

from __future__ import annotations

import queue
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from bench.screenshot import BROWSERS, FLAGS

PATIENCE_S = 60.0
_SCRIPT = """
new PerformanceObserver((list) => {
  for (const paint of list.getEntries())
    if (paint.name === "first-contentful-paint")
      fetch("/painted", { method: "POST", body: String(paint.startTime) });
}).observe({ type: "paint", buffered: true });
"""


def browser() -> str | None:
    """Return the path of a Chromium, None where there is none."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


class Paints:
    """Serves an application to a browser and learns when it painted.

    Parameters
    ----------
    app : whose pages let scripts of their own server run
    """

    def __init__(self, app: ASGIApp, chromium: str) -> None:
        self._app = app
        self._chromium = chromium
        self._told: queue.Queue[float] = queue.Queue()

    def first(self, path: str) -> float:
        """Return the time from the start of navigation to the first contentful paint, in ms."""
        with self._served() as url, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            flags = [each for each in FLAGS if not each.startswith("--virtual-time")]
            running = subprocess.Popen(  # noqa: S603 - the system's browser and our own page
                [
                    self._chromium,
                    *flags,
                    f"--user-data-dir={profile}",
                    "--remote-debugging-port=0",
                    url + path,
                ],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                return self._told.get(timeout=PATIENCE_S)
            finally:
                running.terminate()
                running.wait(20)

    @contextmanager
    def _served(self) -> Iterator[str]:
        async def painted(request: Request) -> Response:
            self._told.put(float(await request.body()))
            return Response()

        def script(_: Request) -> Response:
            return Response(_SCRIPT, media_type="text/javascript")

        async def telling(request: Request, answer: RequestResponseEndpoint) -> Response:
            found = await answer(request)
            if not found.headers.get("content-type", "").startswith("text/html"):
                return found
            body = b"".join([part async for part in found.body_iterator])  # type: ignore[attr-defined]
            kept = {name: value for name, value in found.headers.items() if name != "content-length"}
            told = body.replace(b"<head>", b'<head><script src="/paint.js"></script>', 1)
            return Response(told, found.status_code, kept)

        own = [
            Route("/painted", painted, methods=["POST"]),
            Route("/paint.js", script),
            Mount("/", self._app),
        ]
        outer = Starlette(routes=own)
        outer.add_middleware(BaseHTTPMiddleware, dispatch=telling)
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(outer, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)
