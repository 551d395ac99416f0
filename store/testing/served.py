"""A store in a process of its own, for tests in which several processes use one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from store.errors import StoreError
from store.testing.faults import Kind, Order
from store.testing.server import FAULTS

_END_S = 10


class ServedStore:
    """A test server on a directory; it can be stopped, killed and started again on the same port.

    Attributes
    ----------
    directory : where the store lies
    url : for `Database.open`
    config : a ClickHouse server's configuration, for the users in it; see `store.testing.engine`
    """

    def __init__(self, directory: Path, config: Path | None = None) -> None:
        self.directory = directory
        self.config = config
        self.url = ""
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        """The id of the process that serves."""
        return self._running().pid

    def start(self) -> None:
        """Serve, and return when the first request may be sent."""
        if self._process is not None:
            raise StoreError(f"the test server already runs, as process {self.pid}: stop it first")
        port = urlsplit(self.url).port or 0
        command = [sys.executable, "-m", "store.testing", "--until-eof", "--data", str(self.directory)]
        if self.config is not None:
            command += ["--config", str(self.config)]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [*command, "--port", str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        url = self._process.stdout.readline().strip()
        if not url:
            self.kill()
            raise StoreError(f"no test server on {self.directory}: it says why on standard error")
        self.url = url

    def stop(self) -> None:
        """End the server as a person would, and wait until it is gone."""
        process = self._running()
        assert process.stdin is not None  # noqa: S101 - a pipe was asked for
        process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_END_S)
        self.kill()

    def kill(self) -> None:
        """End the server with SIGKILL, and wait until it is gone; harmless when it already is."""
        process, self._process = self._process, None
        if process is not None:
            with process:
                process.kill()

    @contextmanager
    def failing(self, kind: Kind, *, only: str = "", times: int | None = None) -> Iterator[None]:
        """Make statements fail inside the block.

        Parameters
        ----------
        kind : how; see `store.testing.faults`
        only : text a statement must contain to be hit, "INSERT INTO generations"; empty for every one
        times : how many are hit; None for all
        """
        self._ask("POST", json.dumps(asdict(Order(kind, only, times))))
        try:
            yield
        finally:
            self.mend()

    def hits(self) -> int:
        """Return how many statements the present failing has hit so far."""
        return int(self._ask("GET"))

    def mend(self) -> int:
        """End whatever fails, let go what hangs, and return how many statements were hit."""
        return int(self._ask("DELETE")) if self._process is not None else 0

    def _ask(self, method: str, body: str = "") -> str:
        found = urlsplit(self.url)
        connection = HTTPConnection(str(found.hostname), found.port, timeout=_END_S)
        try:
            connection.request(method, FAULTS, body)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise StoreError("the test server does not run: start it")
        return self._process


@contextmanager
def served(directory: Path, config: Path | None = None) -> Iterator[ServedStore]:
    """Serve a directory to any number of processes; the server has ended when the block has."""
    store = ServedStore(directory, config)
    store.start()
    try:
        yield store
    finally:
        store.kill()
