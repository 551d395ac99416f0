"""`fmwatch demo --to`: the fleet's calls for a gateway, as if each had ended just now, until stopped."""

from __future__ import annotations

import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import msgspec

from services.config import ConfigError
from services.demo.features import Call
from services.demo.fleet import fleet
from services.demo.incidents import arrange
from services.demo.samples import samples
from services.demo.traffic import Traffic, first_day

TIMEOUT_S = 10.0
AGAIN_S = 5.0  # after a gateway that is away or busy
_PASSING = frozenset({408, 425, 429})  # with every 5xx

Wait = Callable[[float], bool]  # seconds; True where it is time to stop


def send_until_stopped(url: str, token_file: Path | None, *, rate: float, seed: int) -> None:
    """Send calls until SIGTERM or SIGINT, and say how many the gateway took.

    Parameters
    ----------
    rate : calls a second
    seed : moves texts and numbers; when a call happens is always now

    Raises
    ------
    ConfigError : the address is none, the gateway refuses us, or the token's file cannot be read
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with httpx2.Client(timeout=TIMEOUT_S, headers=_headers(token_file), follow_redirects=False) as client:
        gateway = Gateway(client, url, stop.wait)
        sys.stderr.write(f"sending {rate:g} simulated calls a second to {url}; Ctrl-C ends it\n")
        sent = 0
        for call in calls(seed):
            if not gateway.take(stamped(call, datetime.now(UTC))):
                break
            sent += 1
            if stop.wait(1 / rate):
                break
    sys.stderr.write(f"sent {sent} calls\n")


def calls(seed: int) -> Iterator[bytes]:
    """Yield calls of the fleet as lines, without end: one ordinary day after the other, each drawn anew."""
    start = first_day(datetime.now(UTC), 1)
    for nth in count():
        plan = arrange(fleet(), seed=seed + nth, days=1, start=start, incidents="none")
        for day in Traffic(plan, fleet(), samples()).days():
            yield from day


def stamped(line: bytes, now: datetime) -> bytes:
    """Return a call as if it had ended now, with an id of its own."""
    call: Call = msgspec.json.decode(line)
    return msgspec.json.encode(call | {"event_id": str(uuid4()), "occurred_at": now.isoformat()})


class Gateway:
    """Takes one call at a time; while it is away or busy the call in hand waits.

    Parameters
    ----------
    wait : waits some seconds, and tells whether it is time to stop
    """

    def __init__(self, client: httpx2.Client, url: str, wait: Wait) -> None:
        try:
            found = urlsplit(url)
            usable = found.scheme in {"http", "https"} and bool(found.hostname) and found.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise ConfigError(f"--to {url}: is no address of a gateway; write http://HOST:8765")
        self.url = url.rstrip("/") + "/v1/events"
        self._client = client
        self._wait = wait

    def take(self, line: bytes) -> bool:
        """Return True when the call is taken, False where it was time to stop before."""
        told = False
        while (trouble := self._post(line)) is not None:
            if not told:
                sys.stderr.write(f"{self.url}: {trouble}; tried again every {AGAIN_S:.0f} s\n")
                told = True
            if self._wait(AGAIN_S):
                return False
        return True

    def _post(self, line: bytes) -> str | None:
        """Return what keeps the gateway from taking the call now; None where it took it."""
        try:
            answer = self._client.post(self.url, content=line)
        except httpx2.TransportError as error:
            return f"does not answer ({error})"
        if answer.is_success:
            return None
        if answer.is_server_error or answer.status_code in _PASSING:
            return f"answers {answer.status_code}"
        raise ConfigError(f"{self.url} answers {answer.status_code}: {answer.text[:300].strip()}")


def _headers(token_file: Path | None) -> dict[str, str]:
    if token_file is None:
        return {}
    try:
        token = token_file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = str(getattr(error, "strerror", None) or error).lower()
        raise ConfigError(f"--token-file {token_file}: cannot be read: {reason}") from error
    if not re.fullmatch(r"[!-~]+", token):  # it would end the header, and is not shown: it is secret
        raise ConfigError(f"--token-file {token_file}: write into it what `fmwatch tokens new` has printed")
    return {"Authorization": f"Bearer {token}"}
