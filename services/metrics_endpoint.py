"""Where Prometheus reads what a process tells about itself, and whoever starts it again asks how it is."""

from __future__ import annotations

import json
import logging
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import NamedTuple, Self

from services.address import HOST, Address
from services.config_file import ConfigError
from stream.meter import CONTENT_TYPE, Meter
from stream.pulse import Pulse

USUAL = Address(HOST, 9464)
PATIENCE_S = 10.0  # for a reader that is slow to ask

_log = logging.getLogger("fmwatch")


class Health(NamedTuple):
    """How a process is.

    Attributes
    ----------
    well : False where it should be started again
    told : the same in words, for the answer
    """

    well: bool
    told: Mapping[str, object]


OK = Health(well=True, told={"status": "ok"})


def health_of(pulse: Pulse, still_s: float) -> Health:
    """Tell how a loop is by its pulse.

    Parameters
    ----------
    still_s : a loop that has not moved for so long does not move any more
    """
    age_s, waiting_for = pulse.age_s(), pulse.waiting_for()
    if age_s > still_s:
        reason = f"the loop has not moved for {age_s:.0f} s"
        return Health(well=False, told={"status": "still", "reason": reason, "waiting_for": waiting_for})
    if waiting_for:
        return Health(well=True, told={"status": "waiting", "waiting_for": waiting_for})
    return OK


class MetricsEndpoint:
    """Serves /metrics and /healthz from a thread of its own, so that it answers whatever the process does.

    Parameters
    ----------
    address : where to listen; None is the usual place, or any free port where that is taken
    health : asked for each /healthz

    Raises
    ------
    ConfigError : somebody listens at that address already, or it is not this machine's
    """

    def __init__(
        self, meter: Meter, address: Address | None = None, health: Callable[[], Health] = lambda: OK
    ) -> None:
        self._server = _opened(address, meter, health)
        host, port = self._server.server_address[:2]
        self.address = Address(str(host), int(port))
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="metrics", kwargs={"poll_interval": 0.1}, daemon=True
        )

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()
        _log.info(
            "metrics are at http://%s/metrics", self.address, extra={"fields": {"port": self.address.port}}
        )

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _opened(address: Address | None, meter: Meter, health: Callable[[], Health]) -> _Server:
    wanted = address or USUAL
    try:
        return _Server(wanted, meter, health)
    except OSError as error:
        if address is None:
            return _Server(Address(USUAL.host, 0), meter, health)
        raise ConfigError(
            f"cannot listen on {wanted} ({error.strerror}); choose another --metrics [HOST:]PORT"
        ) from error


class _Server(ThreadingHTTPServer):
    """Answers each request in a thread that never keeps the process alive."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: Address, meter: Meter, health: Callable[[], Health]) -> None:
        self.meter = meter
        self.health = health
        self.address_family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        super().__init__(address, _Answer)

    def server_bind(self) -> None:
        """Bind without asking for this machine's name, which can take long."""
        TCPServer.server_bind(self)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - as its parent
        """Log what goes wrong with one request; a reader that went away is nothing."""
        if not isinstance(sys.exception(), OSError):
            _log.warning("a reader of the metrics got no answer", exc_info=True)


class _Answer(BaseHTTPRequestHandler):
    server: _Server
    server_version = "fmwatch"
    sys_version = ""
    timeout = PATIENCE_S

    def do_GET(self) -> None:
        """Answer one question."""
        path = self.path.partition("?")[0]
        if path == "/metrics":
            self._say(200, self.server.meter.text(), CONTENT_TYPE)
        elif path == "/healthz":
            well, told = self.server.health()
            self._say(200 if well else 503, json.dumps(told).encode(), "application/json")
        else:
            self._say(404, b"/metrics and /healthz are here\n", "text/plain; charset=utf-8")

    def _say(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parent's name
        """Leave the scrapes out of the log."""
