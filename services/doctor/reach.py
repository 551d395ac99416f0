"""Whether an address can be reached: a name that resolves, a port that takes connections."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from threading import Thread

from services.address import Address

CONNECT_S = 3.0


def address_of(text: str, port: int) -> Address:
    """Return the address that a text like host:port or [::1]:port names; `port` where it names none."""
    host, colon, number = text.strip().rpartition(":")
    if not colon or not number.isdecimal():
        return Address(text.strip().strip("[]"), port)
    return Address(host.strip("[]"), int(number))


def unreached(addresses: Sequence[Address], within_s: float = CONNECT_S) -> dict[Address, str]:
    """Return why each of those addresses that take no connection does not, all tried at once.

    Parameters
    ----------
    within_s : a name to be resolved, and a connection to be made; each
    """
    return failing({one: partial(refusal, one, within_s) for one in addresses}, 2 * within_s)


def failing(tries: Mapping[Address, Callable[[], str]], within_s: float) -> dict[Address, str]:
    """Return what is wrong with those addresses whose try says so, or says nothing in time; all at once."""
    running = {address: _tried(one) for address, one in tries.items()}
    end = time.monotonic() + within_s
    found = {address: _outcome(one, end, within_s) for address, one in running.items()}
    return {address: why for address, why in found.items() if why}


def refusal(address: Address, within_s: float = CONNECT_S) -> str:
    """Return "" where an address takes a connection, else why not; a name may take longer to resolve."""
    try:
        socket.create_connection(address, within_s).close()
    except (OSError, UnicodeError, OverflowError) as error:
        return _words(error)
    return ""


def resolved(host: str) -> str:
    """Return "" where a name stands for an address, else why not."""
    try:
        socket.getaddrinfo(host, None)
    except (OSError, UnicodeError) as error:
        return _words(error)
    return ""


def _tried(work: Callable[[], str]) -> Future[str]:
    """Begin in a thread of its own, which never keeps the process alive."""
    found: Future[str] = Future()

    def run() -> None:
        try:
            found.set_result(work())
        except Exception as error:  # noqa: BLE001 - said as what it is
            found.set_result(f"cannot be tried: {type(error).__name__}: {error}")

    Thread(target=run, daemon=True).start()
    return found


def _outcome(one: Future[str], end: float, within_s: float) -> str:
    try:
        return one.result(max(0.0, end - time.monotonic()))
    except TimeoutError:
        return f"no answer within {within_s:.0f} s"


def _words(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
