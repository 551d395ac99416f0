"""An application behind a port, until somebody asks for its end."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

_log = logging.getLogger("fmwatch")

GRACEFUL_S = 5  # how long requests in hand may take to be answered once the end was asked for


class PortTaken(OSError):  # noqa: N818 - a state, read as a sentence
    """Somebody listens on the port already."""


@contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """Open a port; who comes before anybody answers there waits.

    Parameters
    ----------
    port : 0 takes a free one

    Raises
    ------
    PortTaken : it cannot be had
    """
    door = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    with door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
            door.listen(socket.SOMAXCONN)
        except OSError as error:
            what = (error.strerror or str(error)).lower()
            raise PortTaken(
                f"cannot listen on {host} port {port} ({what}); choose another --port or --host"
            ) from error
        yield door


def address(door: socket.socket) -> str:
    """Return the URL by which programs on this machine reach an open port."""
    host, port = door.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def answer(app: Starlette, door: socket.socket, name: str = "") -> None:
    """Answer requests until SIGTERM or SIGINT, which is a good end: uvicorn would hand the signal on to us.

    Parameters
    ----------
    name : under which the log says where it listens; "" says nothing
    """
    # Without a configuration of its own, what uvicorn logs is said as everything else is.
    settings = uvicorn.Config(app, log_config=None, log_level="warning", timeout_graceful_shutdown=GRACEFUL_S)
    server = uvicorn.Server(settings)
    if name:
        _log.info("the %s is at %s", name, address(door))

    def end(*_: object) -> None:
        server.should_exit = True

    with _signals(end):
        server.run(sockets=[door])


@contextmanager
def in_thread(app: Starlette) -> Iterator[str]:
    """Answer on a free port of this machine inside the block, in a thread of its own, and give the URL."""
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, lifespan="off", ws="none", timeout_graceful_shutdown=1)
    )
    with bound("127.0.0.1", 0) as door:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        try:
            yield address(door)
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def _signals(end: Callable[..., None]) -> Iterator[None]:
    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)
