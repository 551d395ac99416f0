"""What lies on disk while the receiver is away: how much, in what order, for whom, and what survives."""

import json
import os
import resource
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fmwatch
import pytest
from fmwatch import Client, RecordingTransport, Report, Retryable
from fmwatch._account import Account
from fmwatch._ledger import Ledger
from fmwatch._segments import Segments
from fmwatch._spool import Spool

CALL = {"provider": "openai", "request_model": "gpt-4o"}
FOREVER_S = 3600.0
AWAY = Retryable("away")
CLIENT = Path(__file__).parents[2] / "client"


def wait_for(true: Callable[[], object], timeout_s: float = 20.0) -> None:
    """Wait for something that happens in another thread."""
    end = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def lines(*numbers: int, text: str = "") -> list[bytes]:
    """Events as the client writes them."""
    return [json.dumps({"event_id": str(n), **({"prompt": text} if text else {})}).encode() for n in numbers]


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    """A spool with little room."""
    opened = Spool(str(tmp_path), 200_000, Account())
    yield opened
    opened.leave()


def _append(spool: Spool, batch: list[bytes]) -> int:
    lost = spool.append(batch)
    spool.account.spooled += len(batch) - lost
    return lost


def _all(segments: Segments) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while batch := segments.take(7, 1_000_000):
        found += map(json.loads, batch)
        segments.settle(batch)
    return found


def _ids(found: list[dict[str, Any]]) -> list[int]:
    return [int(event["event_id"]) for event in found]


def test_order(spool: Spool) -> None:
    """What was put there comes back in order, over many files; then no file of it is left."""
    for first in range(0, 1000, 10):
        _append(spool, lines(*range(first, first + 10), text="x" * 100))
    assert len(list(Path(spool.folder).glob("*.jsonl"))) > 1
    assert _ids(_all(spool.own)) == list(range(1000))
    assert not list(Path(spool.folder).glob("*.jsonl"))
    _append(spool, lines(1))
    assert _ids(_all(spool.own)) == [1]


def test_put_back(spool: Spool) -> None:
    """What could not be sent is there again."""
    _append(spool, lines(1, 2, 3))
    spool.own.put_back(spool.own.take(2, 10_000))
    assert _ids(_all(spool.own)) == [1, 2, 3]


def test_private(spool: Spool) -> None:
    """Nobody else may read it."""
    _append(spool, lines(1))
    modes = {stat.S_IMODE(path.stat().st_mode) for path in Path(spool.folder).iterdir()}
    assert modes == {0o600}


def test_content_first(spool: Spool) -> None:
    """Where there is no room, the oldest lose their content and stay; the newest keep theirs."""
    for number in range(300):
        assert _append(spool, lines(number, text="x" * 1000)) == 0
    assert sum(path.stat().st_size for path in Path(spool.folder).glob("*.jsonl")) <= 200_000
    found = _all(spool.own)
    assert _ids(found) == list(range(300))
    bare = [event for event in found if "prompt" not in event]
    assert found[: len(bare)] == bare
    assert all(event["truncated"] for event in bare)
    assert 0 < len(bare) < 300
    assert spool.account.value("spool_crowded") == len(bare)


def test_newest_kept(spool: Spool) -> None:
    """Where not even that is enough, the oldest go and are counted."""
    for first in range(0, 20_000, 100):
        assert _append(spool, lines(*range(first, first + 100))) == 0
    lost = spool.account.value("spool_full")
    assert 0 < lost < 20_000
    assert spool.account.spooled == 20_000 - lost
    assert _ids(_all(spool.own)) == list(range(lost, 20_000))


def test_in_hand(spool: Spool) -> None:
    """What is being sent is not given up meanwhile: it counts once, as sent."""
    _append(spool, lines(*range(100), text="x" * 700))
    batch = spool.own.take(50, 1_000_000)
    for number in range(100, 400):
        _append(spool, lines(number, text="x" * 700))
    spool.own.settle(batch)
    assert spool.account.value("sent") == 50
    assert _ids(_all(spool.own)) == list(range(50, 400))


def test_no_room_at_all(tmp_path: Path) -> None:
    """Where others have filled the folder, what comes is lost and counted, and nothing raises."""
    (tmp_path / "other-0000000001.jsonl").write_bytes(b"x" * 100_000)
    spool = Spool(str(tmp_path), 100_500, Account())
    assert _append(spool, lines(1, text="x" * 1000)) == 0
    assert "prompt" not in _all(spool.own)[0]
    assert _append(spool, lines(*range(100))) == 100 - len(_all(spool.own))
    spool.leave()


def test_large(spool: Spool) -> None:
    """A line larger than the whole room loses its content."""
    assert _append(spool, lines(1, text="x" * 300_000)) == 0
    assert _all(spool.own) == [{"event_id": "1", "truncated": True}]


def test_full_disk(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes a part of a line and then no more leaves no part of it behind."""
    _append(spool, lines(1))
    write = os.write

    def half(descriptor: int, text: bytes) -> int:
        if len(text) > 10:
            return write(descriptor, text[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", half)
    for _ in range(3):
        with pytest.raises(OSError, match="No space"):
            spool.append(lines(2))
    monkeypatch.undo()
    _append(spool, lines(3))
    assert _ids(_all(spool.own)) == [1, 3]
    assert not list(Path(spool.folder).glob("*.jsonl"))


def _left(folder: Path, *, events: int, sent: int = 0, destination: str = "") -> str:
    """Leave what a process leaves that is killed: a ledger nobody has locked, and lines."""
    spool = Spool(str(folder), 1_000_000, Account(labels={"team": "support"}), destination)
    for _ in range(events):
        spool.account.captured()
    spool.account.waiting = 0
    _append(spool, lines(*range(events)))
    spool.own.settle(spool.own.take(sent, 100_000)) if sent else None
    spool.write()
    assert spool._ledger is not None
    spool._ledger.forget()
    return spool.account.client


def test_adopted(spool: Spool) -> None:
    """What a dead process left is looked after by a living one, from where it had come to."""
    _left(Path(spool.folder), events=10, sent=4)
    assert spool.adopt() == 0
    (remains,) = spool.dead
    assert remains.ledger.account.labels == {"team": "support"}
    assert _ids(_all(remains.segments)) == [4, 5, 6, 7, 8, 9]
    assert remains.ledger.account.value("sent") == 10


def test_adopted_once(spool: Spool) -> None:
    """Of several living processes one looks after it."""
    _left(Path(spool.folder), events=10)
    other = Spool(spool.folder, 200_000, Account())
    assert spool.adopt() == other.adopt() == 0
    assert (len(spool.dead), len(other.dead)) == (1, 0)
    spool.leave()
    other.adopt()
    assert len(other.dead) == 1
    other.leave()


def test_adopter_killed(spool: Spool) -> None:
    """Who looks after a dead one may be killed as well; the next goes on from there, exactly."""
    _left(Path(spool.folder), events=10)
    first = Spool(spool.folder, 200_000, Account())
    first.adopt()
    (remains,) = first.dead
    remains.segments.settle(remains.segments.take(3, 100_000))
    remains.segments.take(2, 100_000)  # in hand when it was killed
    remains.ledger.forget()
    assert spool.adopt() == 0
    account = spool.dead[0].ledger.account
    assert (account.value("sent"), account.spooled, account.reasons()) == (3, 7, {})
    assert _ids(_all(spool.dead[0].segments)) == [3, 4, 5, 6, 7, 8, 9]


def test_alive(spool: Spool) -> None:
    """What belongs to a living process stays alone."""
    _append(spool, lines(1))
    other = Spool(spool.folder, 200_000, Account())
    other.adopt()
    assert other.dead == []
    other.leave()


def test_torn(spool: Spool) -> None:
    """A line that the end of its process has cut is counted as killed; those before it are sent."""
    client = _left(Path(spool.folder), events=3)
    path = next(Path(spool.folder).glob(f"{client}-*.jsonl"))
    path.write_bytes(path.read_bytes()[:-5])
    assert spool.adopt() == 1
    assert _ids(_all(spool.dead[0].segments)) == [0, 1]
    assert spool.dead[0].ledger.account.reasons() == {"killed": 1}


def test_adopted_trimmed(spool: Spool) -> None:
    """What the dead left goes before what the living have."""
    _left(Path(spool.folder), events=3000)
    spool.adopt()
    for first in range(0, 9_000, 100):
        assert _append(spool, lines(*range(first, first + 100))) == 0
    dead = spool.dead[0].ledger.account
    assert dead.value("spool_full") == 3000
    assert spool.account.value("captured") == 0
    assert spool.account.spooled + spool.account.value("spool_full") == 9_000


def test_let_go(spool: Spool) -> None:
    """When everything of a dead one is sent and told, nothing of it lies there any more."""
    client = _left(Path(spool.folder), events=3)
    spool.adopt()
    account = spool.dead[0].ledger.account
    _all(spool.dead[0].segments)
    spool.write()
    assert len(spool.dead) == 1  # the receiver does not know it yet
    account.told(account.words(0, spooled=True)[1])
    spool.write()
    assert spool.dead == []
    assert not list(Path(spool.folder).glob(f"{client}*"))


@pytest.mark.parametrize(
    "text", [b"", b"\0" * 5000, b"nonsense" * 600, b'{"version": 7}'.rjust(2062).ljust(4096)]
)
def test_foreign_ledger(text: bytes, spool: Spool) -> None:
    """A file that is no ledger of ours, or of another version, breaks nothing."""
    (Path(spool.folder) / "x.account").write_bytes(text)
    assert spool.adopt() == 0
    spool.write()
    assert not text.strip(b"\0") or (Path(spool.folder) / "x.account").read_bytes() == text
    _append(spool, lines(1))
    assert _ids(_all(spool.own)) == [1]


def test_exact_when_killed(tmp_path: Path) -> None:
    """The numbers of a process that was killed are those of its last moment, not of its last write."""
    account = Account()
    ledger = Ledger.opened(str(tmp_path), account)
    if not isinstance(account.places, memoryview):
        pytest.fail("this system has no shared memory in /dev/shm")
    for _ in range(5):
        account.captured()
    ledger.forget()
    adopted = Ledger.adopted(ledger.path)
    assert adopted is not None
    assert adopted.account.value("captured") == 5
    adopted.remove()
    assert not list(Path("/dev/shm").glob(f"*{account.client}*"))  # noqa: S108 - where it lay


# What follows is the client with its threads.


def test_away(tmp_path: Path) -> None:
    """While the receiver is away for seconds everything goes to disk, and comes back in order."""
    transport = RecordingTransport(AWAY)
    with Client(transport=transport, spool=str(tmp_path), interval_s=0.05) as client:
        for number in range(700):
            client.capture(**CALL, event_id=str(number))
        wait_for(lambda: client.report().spooled == 700)
        assert client.report() == Report(0, 0, 700, 0, {}, 0, 0)
        transport.failing = None
        assert client.flush(20) == Report(700, 0, 0, 0, {}, 0, 0)
    assert [event["event_id"] for event in transport.events] == [str(number) for number in range(700)]
    assert list(tmp_path.iterdir()) == []


def test_queue_full(tmp_path: Path) -> None:
    """What no longer fits into memory goes to disk, although the receiver may only be slow."""
    transport = RecordingTransport(AWAY)
    with Client(transport=transport, spool=str(tmp_path), max_queue=100, interval_s=FOREVER_S) as client:
        for number in range(60):
            client.capture(**CALL, event_id=str(number))
        wait_for(lambda: client.report().spooled == 60)
        transport.failing = None
        assert client.flush(20).sent == 60


def test_restart(tmp_path: Path) -> None:
    """What was left at the end of one process is sent by the next, which says whose it was."""
    first = Client(transport=RecordingTransport(AWAY), spool=str(tmp_path), team="support", interval_s=0.05)
    for number in range(5):
        first.capture(**CALL, event_id=str(number))
    assert first.close(timeout=0) == Report(0, 0, 5, 0, {}, 0, 0)
    transport = RecordingTransport()
    with Client(transport=transport, spool=str(tmp_path), interval_s=0.05) as second:
        second.capture(**CALL, event_id="new")
        wait_for(lambda: second.report().recovered == 5)
        assert second.flush() == Report(1, 0, 0, 0, {}, 0, 5)
        wait_for(lambda: len(list(tmp_path.glob("*.account"))) == 1)
    assert {event["event_id"] for event in transport.events} == {*"01234", "new"}
    assert any("team=support; captured=5/5" in counts for counts in transport.counts)
    assert list(tmp_path.iterdir()) == []


def test_idle(tmp_path: Path) -> None:
    """A process that captures nothing yet sends what another has left."""
    _left(tmp_path, events=10, destination="RecordingTransport")
    transport = RecordingTransport()
    with Client(transport=transport, spool=str(tmp_path), interval_s=0.05) as client:
        wait_for(lambda: client.report().recovered == 10)
        wait_for(lambda: len(list(tmp_path.glob("*.account"))) == 1)
    assert list(tmp_path.iterdir()) == []


def test_content_of_all_first(spool: Spool) -> None:
    """All content goes, that of the living as well, before any line of the dead does."""
    _left(Path(spool.folder), events=1000)
    spool.adopt()
    for number in range(400):
        assert _append(spool, lines(number, text="x" * 500)) == 0
    assert spool.account.value("spool_crowded") > 0
    assert spool.dead[0].ledger.account.value("spool_full") == 0


def test_disk_full_at_exit(tmp_path: Path) -> None:
    """What neither the receiver nor the disk takes is counted; the application does not notice."""
    code = (
        "import resource, sys; sys.path.insert(0, sys.argv[1])\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from fmwatch import Client, RecordingTransport, Retryable\n"
        "away = RecordingTransport(Retryable('away'))\n"
        "client = Client(transport=away, spool=sys.argv[2], interval_s=0.05)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "for number in range(100):\n"
        "    client.capture(provider='p', request_model='m', prompt='x' * 1000)\n"
        "print(list(client.close(timeout=0.1))[:4], client.report().reasons)\n"
    )
    command = [sys.executable, "-c", code, str(CLIENT), str(tmp_path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30)
    assert said.stdout.strip() == "[0, 0, 0, 100] {'spool_failed': 100}"
    assert "events cannot be kept in" in said.stderr
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 4096


def test_no_folder(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A folder that cannot be used is said once in the log; events wait in memory and are sent."""
    (tmp_path / "file").write_text("")
    transport = RecordingTransport()
    with Client(transport=transport, spool=str(tmp_path / "file"), interval_s=0.05) as client:
        client.capture(**CALL)
        assert client.flush().sent == 1
        wait_for(lambda: "events cannot be kept in" in caplog.text)


def test_redacted(tmp_path: Path) -> None:
    """Nothing lies there that was not redacted: by default what a gateway would take out."""
    client = Client(transport=RecordingTransport(AWAY), spool=str(tmp_path), interval_s=0.05)
    client.capture(**CALL, prompt="I am ana@example.org")
    client.close(timeout=0)
    assert b"[email]" in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"ana@" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FMWATCH_SPOOL names the folder as well as the option does."""
    monkeypatch.setenv("FMWATCH_SPOOL", str(tmp_path / "deep" / "spool"))
    fmwatch.configure(transport=RecordingTransport(AWAY), interval_s=0.05)
    fmwatch.capture(**CALL)
    wait_for(lambda: list(tmp_path.glob("deep/spool/*.account")))
    monkeypatch.delenv("FMWATCH_SPOOL")
    fmwatch.configure(None)
