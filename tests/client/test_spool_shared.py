"""What a spool does at the end of a client, between several of them, and where it cannot work."""

import errno
import fcntl
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from fmwatch import Client, RecordingTransport, Report
from fmwatch._account import Account
from fmwatch._spool import Spool
from fmwatch.transports.http import HttpTransport

from tests.client.test_spool import AWAY, CALL, CLIENT, FOREVER_S, lines, wait_for
from tests.client.test_spool import _all as everything
from tests.client.test_spool import _append as append
from tests.client.test_spool import _ids as ids


def test_slow_redaction(tmp_path: Path) -> None:
    """Events that are being redacted when the client is closed lie on disk, and the next one sends them."""

    def redact(text: str) -> str:
        if text == "slow":
            wait_for(lambda: first._queue._heir)  # the client is being closed
        return text

    spool = str(tmp_path)
    first = Client(transport=RecordingTransport(), spool=spool, interval_s=FOREVER_S, redact=redact)
    for number in range(520):
        first.capture(**CALL, event_id=str(number), prompt="slow" if number == 510 else "fast")
    assert first.close(timeout=0.5) == Report(500, 0, 20, 0, {}, 0, 0)
    with Client(transport=RecordingTransport(), spool=spool, interval_s=0.05) as second:
        wait_for(lambda: second.report().recovered == 20)


def test_redaction_hangs(tmp_path: Path) -> None:
    """Events whose redaction never ends are counted by the next process, whatever was told of them."""
    code = (
        "import os, sys, threading; sys.path.insert(0, sys.argv[1])\n"
        "from fmwatch import Client, RecordingTransport\n"
        "def redact(text):\n"
        "    return threading.Event().wait() if text == 'hang' else text\n"
        "transport = RecordingTransport()\n"
        "client = Client(transport=transport, spool=sys.argv[2], interval_s=3600, redact=redact)\n"
        "for number in range(503):\n"
        "    client.capture(provider='p', request_model='m', prompt='fast' if number < 500 else 'hang')\n"
        "print(list(client.close(timeout=0.5))[:4], 'captured=503/503' in transport.counts[0], flush=True)\n"
        "os._exit(0)\n"
    )
    command = [sys.executable, "-c", code, str(CLIENT), str(tmp_path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30)
    assert said.stdout.strip() == "[500, 3, 0, 0] True"
    spool = Spool(str(tmp_path), 200_000, Account(), "RecordingTransport")
    assert spool.adopt() == 3
    spool.leave()


@pytest.mark.parametrize("team", ["ü" * 100, "\u597d" * 100], ids=["two bytes", "three bytes"])
def test_long_labels(team: str, tmp_path: Path) -> None:
    """However long the names of dead clients are, all is told, in headers that a gateway reads."""
    for _ in range(9):
        left = Spool(str(tmp_path), 1_000_000, Account(labels=dict.fromkeys(("tenant", "team", "app"), team)))
        for number in range(3):
            left.account.captured()
            append(left, lines(number))
        left.write()
        assert left._ledger is not None
        left._ledger.forget()
    transport = RecordingTransport()
    transport.destination = ""  # type: ignore[attr-defined]  # as it is above
    with Client(transport=transport, spool=str(tmp_path), team=team, app=team, interval_s=0.05) as client:
        wait_for(lambda: client.report().recovered == 27)
        wait_for(lambda: len(list(tmp_path.glob("*.account"))) == 1)
    assert max(map(len, transport.counts)) <= 8_000
    told = Counter(
        word for counts in transport.counts for word in counts.split("; ") if word.startswith("captured=3/3")
    )
    assert told == {"captured=3/3": 9}


def test_no_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """On a file system without locks nothing is spooled; the log says so, and events are sent."""

    def flock(*_: object) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", flock)
    transport = RecordingTransport()
    with Client(transport=transport, spool=str(tmp_path), interval_s=0.05) as client:
        client.capture(**CALL)
        assert client.flush().sent == 1
        wait_for(lambda: "Operation not supported" in caplog.text)
        transport.failing = AWAY
        client.capture(**CALL)
        assert client.close(timeout=0).reasons == {"spool_failed": 1}
    assert list(tmp_path.iterdir()) == []


def test_destinations(tmp_path: Path) -> None:
    """What a dead one left goes only where it would have sent it, and under the same token."""
    one, other = "http://127.0.0.1:9", "http://127.0.0.1:9/other"
    for number, (url, token) in enumerate([(one, "a"), (one, "b"), (other, "a"), (one, None)]):
        client = Client(url, token=token, spool=str(tmp_path), interval_s=FOREVER_S)
        client.capture(**CALL, event_id=str(number))
        assert client.close(timeout=0).spooled == 1
    spool = Spool(str(tmp_path), 200_000, Account(), HttpTransport(one, "b").destination)
    spool.adopt()
    assert [ids(everything(remains.segments)) for remains in spool.dead] == [[1]]
    spool.leave()
