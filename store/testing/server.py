"""The test server: ClickHouse's HTTP address over one engine, and an address that takes orders for faults."""

from __future__ import annotations

import json
import socket
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from store.testing import protocol
from store.testing.engine import Engine, Refused, Statement
from store.testing.faults import Faults, Order

FAULTS = "/faults"
_EXHAUSTED = {
    "memory": "Code: 241. DB::Exception: Memory limit (total) exceeded: as the test ordered. "
    "(MEMORY_LIMIT_EXCEEDED)",
    "disk": "Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space: as the test ordered. "
    "(NOT_ENOUGH_SPACE)",
}


class StoreServer(ThreadingHTTPServer):
    """Serves one engine on the loopback, a thread for each connection.

    Parameters
    ----------
    port : 0 for any that is free
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, engine: Engine, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Conversation)
        self.engine = engine
        self.faults = Faults()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a peer that has gone: tests make peers go."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # whatever it hands us


class Conversation(BaseHTTPRequestHandler):
    """Requests of one connection, one after the other."""

    server: StoreServer
    protocol_version = "HTTP/1.1"
    # Head and body of an answer leave in one piece, or the peer waits for the second one.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if self.path == "/ping":
            self._answer(HTTPStatus.OK, b"Ok.\n")
        elif self.path == FAULTS:
            self._answer(HTTPStatus.OK, str(self.server.faults.hits()).encode())
        else:
            self._statement()

    def do_POST(self) -> None:
        if self.path == FAULTS:
            self.server.faults.order(Order(**json.loads(self._body())))
            self._answer(HTTPStatus.OK, b"")
        else:
            self._statement()

    def do_DELETE(self) -> None:
        self._answer(HTTPStatus.OK, str(self.server.faults.mend()).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing: the tests say what went wrong."""

    def _statement(self) -> None:
        try:
            asked = protocol.statement(self.path, self.headers, self._body())
        except ConnectionError:
            self._hang_up()
            return
        except Exception as error:  # noqa: BLE001 - a body that cannot be read is the sender's mistake
            self._refuse(Refused(f"Code: 27. DB::Exception: {error}. (CANNOT_PARSE_INPUT_ASSERTION_FAILED)"))
            return
        fault = self.server.faults.strike(asked.sql)
        if fault == "refuse":
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, b"as the test ordered\n")
        elif fault == "drop":
            self._hang_up()
        elif fault in _EXHAUSTED:
            self._refuse(Refused(_EXHAUSTED[fault]))
        else:
            self._run(asked, fault)

    def _run(self, asked: Statement, fault: str | None) -> None:
        try:
            found = self.server.engine.run(asked)
        except Refused as refused:
            self._refuse(refused)
            return
        if fault == "lose":
            self._hang_up()
        else:
            self._answer(HTTPStatus.OK, found, cut=fault == "cut")

    def _refuse(self, refused: Refused) -> None:
        text = f"{refused}\n".encode()
        self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, text, code=refused.code)

    def _answer(self, status: HTTPStatus, body: bytes, *, code: int | None = None, cut: bool = False) -> None:
        sent, encoding = protocol.compressed(body, self.headers)
        self.send_response(status)
        self.send_header("Content-Length", str(len(sent)))
        if encoding:
            self.send_header("Content-Encoding", encoding)
        if code is not None:
            self.send_header("X-ClickHouse-Exception-Code", str(code))
        self.end_headers()
        self.wfile.write(sent[: len(sent) // 2] if cut else sent)
        if cut:
            self._hang_up()

    def _hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _body(self) -> bytes:
        return protocol.read_body(self.headers, self.rfile)
