"""The live demo: the fleet's calls, stamped now, for a real gateway and for one that is away or refuses."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from queue import Queue

import httpx2
import pytest

from services.config import ConfigError
from services.demo.fleet import fleet
from services.demo.live import AGAIN_S, Gateway, calls, send_until_stopped, stamped
from stream.decode import decode

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
FMWATCH = Path(sys.executable).with_name("fmwatch")


def test_calls() -> None:
    """Calls go on for more than a day's worth, of every route, each a valid event of this moment."""
    lines = [stamped(line, NOW) for line in islice(calls(1), 4000)]
    found = [decode(line, lambda: NOW) for line in lines]
    assert {json.loads(line)["route"] for line in lines} == set(fleet().routes)
    assert len({json.loads(line)["event_id"] for line in lines}) == len(lines)
    assert {event.occurred_at for event in found if hasattr(event, "occurred_at")} == {NOW}


def gateway(answers: Iterator[int | Exception], waited: list[float], stops: int = 99) -> Gateway:
    """Return a gateway that answers so, and a wait that ends everything after some pauses."""

    def answer(_: httpx2.Request) -> httpx2.Response:
        found = next(answers)
        if isinstance(found, Exception):
            raise found
        return httpx2.Response(found, text="a token of scope ingest is needed")

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        return len(waited) >= stops

    client = httpx2.Client(transport=httpx2.MockTransport(answer))
    return Gateway(client, "http://gateway:8765", wait)


def test_away(capsys: pytest.CaptureFixture[str]) -> None:
    """While the gateway is away or busy the call in hand waits, and that is said once."""
    waited: list[float] = []
    trouble: Iterator[int | Exception] = iter([httpx2.ConnectError("refused"), 503, 429, 202, 202])
    door = gateway(trouble, waited)
    assert door.take(b"{}")
    assert door.take(b"{}")
    assert waited == [AGAIN_S] * 3
    assert capsys.readouterr().err.count("tried again") == 1


def test_stopped() -> None:
    """Whoever stops the demo while the gateway is away need not wait for it."""
    assert not gateway(iter([503, 503]), [], stops=2).take(b"{}")


def test_refused() -> None:
    """A gateway that wants a token says so, and the demo ends."""
    with pytest.raises(ConfigError, match="answers 401: a token of scope ingest"):
        gateway(iter([401]), []).take(b"{}")


@pytest.mark.parametrize(
    "options",
    [
        ["--to", "gateway:8765"],
        ["--to", "http://["],
        ["--to", "http://127.0.0.1:1", "--token-file", "/nowhere"],
        ["--to", "http://127.0.0.1:1", "--json"],
        ["--to", "http://127.0.0.1:1", "--rate", "0"],
    ],
)
def test_usage(options: list[str]) -> None:
    """What cannot be meant is refused before anything is sent."""
    said = subprocess.run([FMWATCH, "demo", *options], capture_output=True, text=True, check=False)
    assert said.returncode == 2
    assert "--t" in said.stderr or "--rate" in said.stderr


@pytest.mark.parametrize("token", ["", "fmw_a\nfmw_b", "fmw_\u00e9"], ids=("empty", "two", "odd"))
def test_token_file(tmp_path: Path, token: str) -> None:
    """A file that holds no token is refused before anything is sent, and what it holds is not shown."""
    (tmp_path / "token").write_text(token, "utf-8")
    with pytest.raises(ConfigError, match="fmwatch tokens new") as refused:
        send_until_stopped("http://127.0.0.1:1", tmp_path / "token", rate=1, seed=1)
    assert "fmw_" not in str(refused.value)


def test_until_stopped(tmp_path: Path) -> None:
    """The command sends calls with its token one by one, and SIGTERM is a good end that says how many."""
    taken: Queue[tuple[str, bytes]] = Queue()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.put((self.headers["Authorization"], body))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    (tmp_path / "token").write_text("fmw_x\n")
    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        to = ["--to", f"http://127.0.0.1:{server.server_port}/", "--token-file", str(tmp_path / "token")]
        demo = subprocess.Popen([FMWATCH, "demo", *to, "--rate", "100"], stderr=subprocess.PIPE, text=True)
        found = [taken.get(timeout=60) for _ in range(3)]
        demo.send_signal(signal.SIGTERM)
        _, said = demo.communicate(timeout=60)
        server.shutdown()
    assert demo.returncode == 0
    assert f"sent {3 + taken.qsize()} calls" in said
    assert {token for token, _ in found} == {"Bearer fmw_x"}
    assert all(json.loads(body)["tags"] for _, body in found)
