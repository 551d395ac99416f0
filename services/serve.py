"""`fmwatch up`: gateway, worker, watcher, alerter and console in one process."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from services.config import Config
from services.console.page import Console
from services.console.source import StoreSource
from services.dead_letters.reading import Reading
from services.dead_letters.replays import Replays
from services.dead_letters.routes import Routes
from services.gateway.http import Gateway
from services.lookout import LONG_PAST, ROUND_S
from services.run import Embedded
from stream.feed import forget

HOST = "127.0.0.1"  # this machine only, until there are tokens
IDLE_S = 0.2  # how long the worker waits for the next event
PRUNE_ROUNDS = 360
# A page of another site must not reach the console by a name that it lets point to this machine.
_OWN_HOSTS = Middleware(TrustedHostMiddleware, allowed_hosts=["localhost", HOST])
SERVER = "server.json"  # where a running server says how to reach it

_log = logging.getLogger("fmwatch")


class PortTaken(OSError):  # noqa: N818 - a state, read as a sentence
    """Somebody listens on the port already."""


def serve(data: Path, config_file: Path | None, port: int) -> None:
    """Run the embedded server until it is interrupted; what was accepted is scored at the next start."""
    config = Config.load(config_file)
    with Embedded(data, config, _now, notify=LONG_PAST) as embedded:
        forget(embedded.log)  # what a killed replay left is taken in here: it cannot count it any more
        listen(application(embedded), data, port)


def listen(app: Starlette, data: Path, port: int, opened: Callable[[str], object] = lambda _: None) -> None:
    """Serve an application and leave a note in the data directory where it can be reached meanwhile."""
    with _bound(port) as door:
        url = f"http://{HOST}:{door.getsockname()[1]}"
        note = data / SERVER
        note.write_text(json.dumps({"url": url, "pid": os.getpid()}), encoding="utf-8")
        sys.stderr.write(f"fmwatch is up: {url} (data in {data}; Ctrl-C ends it)\n")
        opened(url)
        try:
            _run(uvicorn.Server(_settings(app)), door)
        finally:
            note.unlink(missing_ok=True)


def _run(server: uvicorn.Server, door: socket.socket) -> None:
    """Serve until somebody asks for the end, which is a good end: uvicorn would hand the signal on to us."""

    def end(*_: object) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        server.run(sockets=[door])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _bound(port: int) -> socket.socket:
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((HOST, port))
        door.listen()  # who comes before the server is ready waits
    except OSError as error:
        door.close()
        raise PortTaken(f"cannot listen on port {port} ({error.strerror}); choose another --port") from error
    return door


def application(embedded: Embedded) -> Starlette:
    """Return the application of one data directory; worker and watcher live as long as it does."""
    console = Console(StoreSource(embedded.database), embedded.clock)
    gateway = Gateway(embedded.log, embedded.border, embedded.clock)
    replays = Replays(embedded.database, embedded.log, embedded.border, embedded.clock)
    letters = Routes(Reading(embedded.database), replays)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        loops = Loops(embedded)
        loops.start()
        try:
            yield
        finally:
            loops.stop()

    return Starlette(
        routes=[*gateway.routes(), *letters.routes(), *console.routes()],
        middleware=[_OWN_HOSTS],
        lifespan=lifespan,
    )


class Loops:
    """The worker's and the watcher's thread. A round that fails is logged and tried again."""

    def __init__(self, embedded: Embedded) -> None:
        self._embedded = embedded
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name="worker", daemon=True),
            threading.Thread(target=self._watch, name="watcher", daemon=True),
        ]

    def start(self) -> None:
        """Start both."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End both after their present round."""
        self._stop.set()
        self._embedded.ending = True
        for thread in self._threads:
            thread.join()
        self._embedded.watcher.save()

    def _work(self) -> None:
        while not self._stop.is_set():
            if not self._try(self._embedded.score):
                self._stop.wait(IDLE_S)

    def _watch(self) -> None:
        rounds = 0
        while not self._stop.is_set():
            self._try(self._embedded.live)
            if rounds % PRUNE_ROUNDS == 0:
                self._try(self._embedded.daily)
            rounds += 1
            self._stop.wait(ROUND_S)

    def _try(self, work: Callable[[], object]) -> object:
        try:
            return work()
        except Exception:  # noqa: BLE001 - whatever failed, the next round must come
            _log.exception("a round failed and will be tried again")
            return None


def _settings(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5)


def _now() -> datetime:
    return datetime.now(UTC)
