"""Under fire: whatever happens, each event is delivered once by its identity, or is in a counter."""

import asyncio
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import fmwatch
import pytest
from fmwatch import Client
from fmwatch.transports.http import HttpTransport

from tests.client.receiver import Mood, Receiver
from tests.client.test_spool import wait_for

CALL = {"provider": "openai", "request_model": "gpt-4o"}
CLIENT = Path(__file__).parents[2] / "client"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A gateway, well at first."""
    opened = Receiver()
    yield opened
    opened.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


def _exact(client: Client, receiver: Receiver, n: int) -> None:
    """Every event arrived, and the sums say so, here and there."""
    report = client.report()
    assert (report.sent, report.waiting, report.spooled, report.dropped) == (n, 0, 0, 0)
    assert len(receiver.taken) == n
    account = receiver.account()
    assert (account["captured"].split("/")[0], account["sent"], account["waiting"]) == (str(n), str(n), "0")


@pytest.mark.parametrize("mood", ["failing", "cutting", "hanging", "forbidding"])
@pytest.mark.parametrize("spooling", [False, True], ids=["memory", "spool"])
def test_recovers(mood: Mood, spooling: bool, receiver: Receiver, tmp_path: Path) -> None:
    """Whatever a gateway does to a batch, it is sent again until it is taken, and counts once."""
    transport = HttpTransport(receiver.url, timeout_s=0.3)
    spool = str(tmp_path) if spooling else None
    with Client(transport=transport, spool=spool, max_queue=150, interval_s=0.02) as client:
        receiver.mood = mood
        for number in range(50):
            client.capture(**CALL, event_id=str(number))
        wait_for(lambda: receiver.requests >= 1)
        for number in range(50, 100):
            client.capture(**CALL, event_id=str(number))
        assert client.report().captured == 100
        wait_for(lambda: client.report().spooled or not spooling)  # the queue is more than half full
        receiver.mood = "well"
        client.flush(10)
        _exact(client, receiver, 100)


def test_refused(tmp_path: Path) -> None:
    """A port at which nobody listens is tried again until somebody does."""
    port = _free_port()
    with Client(f"http://127.0.0.1:{port}", spool=str(tmp_path), interval_s=0.02) as client:
        for number in range(100):
            client.capture(**CALL, event_id=str(number))
        assert client.flush(0.2).captured == 100
        receiver = Receiver(port)
        client.flush(10)
        _exact(client, receiver, 100)
        receiver.close()


def test_always_exact(receiver: Receiver, tmp_path: Path) -> None:
    """While threads capture and the gateway changes its mind, the sum is right whenever somebody looks."""
    transport = HttpTransport(receiver.url, timeout_s=0.2)
    client = Client(transport=transport, spool=str(tmp_path), max_queue=200, interval_s=0.01)
    done = threading.Event()

    def work(name: int) -> None:
        for number in range(500):
            client.capture(**CALL, event_id=f"{name}-{number}")
            if not number % 50:
                time.sleep(0.01)

    def change() -> None:
        moods: tuple[Mood, ...] = ("failing", "well", "cutting", "well", "hanging", "well")
        while not done.is_set():
            for mood in moods:
                receiver.mood = mood
                time.sleep(0.03)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    changing = threading.Thread(target=change)
    for thread in (*threads, changing):
        thread.start()
    seen = [client.report()]
    while any(thread.is_alive() for thread in threads):
        seen.append(client.report())
        assert min(seen[-1][:4]) >= 0
    done.set()
    changing.join()
    receiver.mood, captured = "well", [report.captured for report in seen]
    assert captured == sorted(captured)
    report = client.flush(15)
    client.close()
    assert report.captured == report.sent + report.dropped == 2000
    assert len(receiver.taken) == report.sent
    assert set(report.reasons) <= {"queue_full"}


_APPLICATION = """
import sys; sys.path.insert(0, sys.argv[1])
import fmwatch
fmwatch.configure(sys.argv[2], spool=sys.argv[3], team="support", interval_s=0.02)
for number in range(100_000):
    fmwatch.capture(provider="p", request_model="m", event_id=str(number), prompt="x" * 200)
    if number % 100 == 0:
        print(number, flush=True)
"""


@pytest.mark.parametrize("away", [False, True], ids=["well", "away"])
def test_killed(away: bool, receiver: Receiver, tmp_path: Path) -> None:
    """An application that is killed loses what was in its memory, and the next one counts it."""
    receiver.mood = "failing" if away else "well"
    command = [sys.executable, "-c", _APPLICATION, str(CLIENT), receiver.url, str(tmp_path)]
    application = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert application.stdout is not None
    if away:
        wait_for(lambda: any(path.stat().st_size for path in tmp_path.glob("*.jsonl")))
    else:
        wait_for(lambda: receiver.requests > 3)
    application.send_signal(signal.SIGKILL)
    application.wait()
    seen = int(application.stdout.read().split()[-1]) + 1
    application.stdout.close()
    receiver.mood = "well"
    [killed] = [path.stem for path in tmp_path.glob("*.account")]
    with Client(receiver.url, spool=str(tmp_path), interval_s=0.02) as client:
        client.capture(**CALL, event_id="restarted")
        wait_for(lambda: not (tmp_path / f"{killed}.account").exists())
        client.flush(5)
    account = receiver.account(killed)
    captured, sent = int(account["captured"].split("/")[0]), int(account["sent"])
    lost = int(account.get("killed", "0/0").split("/")[0]) + int(
        account.get("queue_full", "0/0").split("/")[0]
    )
    assert captured >= seen
    assert captured == sent + lost
    assert (account["team"], account["spooled"], account["waiting"]) == ("support", "0", "0")
    # What was on its way when it was killed may have arrived, and is counted as lost all the same.
    assert 0 <= len(receiver.taken) - 1 - sent <= 500
    assert set(receiver.taken.values()) <= {1, 2}


def test_full_disk(receiver: Receiver, tmp_path: Path) -> None:
    """With a disk that takes nothing, events wait in memory and arrive when the gateway is back."""
    code = (
        "import resource, signal, sys; sys.path.insert(0, sys.argv[1])\n"
        "from fmwatch import Client\n"
        "client = Client(sys.argv[2], spool=sys.argv[3], max_queue=400, interval_s=0.02)\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "for number in range(1000):\n"
        "    client.capture(provider='p', request_model='m', event_id=str(number), prompt='x' * 1000)\n"
        "print(client.report().captured, flush=True)\n"
        "input()\n"
        "report = client.flush(10)\n"
        "print(report.captured, report.sent, report.dropped, *report.reasons)\n"
    )
    receiver.mood = "failing"
    command = [sys.executable, "-c", code, str(CLIENT), receiver.url, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "1000\n"
        receiver.mood = "well"
        said, _ = child.communicate("\n", timeout=30)
    captured, sent, dropped, *reasons = said.split()
    assert (captured, int(sent) + int(dropped), reasons) == ("1000", 1000, ["queue_full"])
    assert len(receiver.taken) == int(sent) >= 400


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize("spooling", [False, True], ids=["memory", "spool"])
def test_prefork(spooling: bool, receiver: Receiver, tmp_path: Path) -> None:
    """A server that makes its client first and its workers then: each worker's events arrive once."""
    spool = str(tmp_path) if spooling else None
    client = Client(receiver.url, spool=spool, interval_s=0.02)
    client.capture(**CALL, event_id="master")
    children = []
    for worker in range(4):
        child = os.fork()
        if not child:
            for number in range(50):
                client.capture(**CALL, event_id=f"{worker}-{number}")
            report = client.close(5)
            os._exit(0 if (report.sent, report.captured) == (50, 50) else 1)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    assert client.close().sent == 1
    assert set(receiver.taken.values()) == {1}
    assert len(receiver.taken) == 201
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_fork_in_the_middle(receiver: Receiver, tmp_path: Path) -> None:
    """Whatever lock another thread holds at the moment of a fork, the child does not wait for it."""
    client = Client(receiver.url, spool=str(tmp_path), interval_s=0.02)
    client.capture(**CALL, event_id="parent")
    client.flush()
    assert client._spool is not None
    locks = (client._account.lock, client._spool.own.lock, client._notices._lock, client._editor._lock)
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        with locks[0], locks[1], locks[2], locks[3]:
            held.set()
            free.wait(20)

    holding = threading.Thread(target=hold)
    holding.start()
    held.wait()
    child = os.fork()
    if not child:
        client.capture(**CALL, event_id="child")
        os._exit(0 if client.close(5).sent == 1 else 1)
    status = os.waitpid(child, 0)[1]
    free.set()
    holding.join()
    client.close()
    assert (status, set(receiver.taken)) == (0, {"parent", "child"})


def test_fork_keeps_spool(tmp_path: Path) -> None:
    """A child does not touch what its parent has spooled, nor holds its lock when the parent is gone."""
    code = (
        "import os, sys, time; sys.path.insert(0, sys.argv[1])\n"
        "from fmwatch import Client, RecordingTransport, Retryable\n"
        "away = RecordingTransport(Retryable('away'))\n"
        "client = Client(transport=away, spool=sys.argv[2], interval_s=0.02)\n"
        "client.capture(provider='p', request_model='m', event_id='parent')\n"
        "while not client.report().spooled:\n    time.sleep(0.01)\n"
        "if os.fork():\n    os._exit(0)\n"
        "assert client.report().captured == 0\n"
        "sys.stdin.read()\n"
        "os._exit(0)\n"
    )
    command = [sys.executable, "-W", "ignore", "-c", code, str(CLIENT), str(tmp_path)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE)
    assert child.wait(20) == 0
    with Client(transport=fmwatch.RecordingTransport(), spool=str(tmp_path), interval_s=0.02) as client:
        client.capture(**CALL)
        wait_for(lambda: client.report().recovered == 1)
    assert child.stdin is not None
    child.stdin.close()


def _work(url: str, name: str) -> None:
    fmwatch.configure(url, interval_s=60)
    for number in range(20):
        fmwatch.capture(**CALL, event_id=f"{name}-{number}")


def _inherited(name: str) -> None:
    for number in range(20):
        fmwatch.capture(**CALL, event_id=f"{name}-{number}")


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_multiprocessing(receiver: Receiver) -> None:
    """Children of multiprocessing, which leave without atexit, send what they have when they end."""
    fmwatch.configure(receiver.url, interval_s=60)
    fmwatch.capture(**CALL, event_id="parent")
    spawned = multiprocessing.get_context("spawn").Process(target=_work, args=(receiver.url, "spawned"))
    forked = multiprocessing.get_context("fork").Process(target=_inherited, args=("forked",))
    for child in (spawned, forked):
        child.start()
    for child in (spawned, forked):
        child.join(20)
        assert child.exitcode == 0
    fmwatch.flush()
    fmwatch.configure(None)
    assert len(receiver.taken) == 41
    assert set(receiver.taken.values()) == {1}


def test_asyncio(receiver: Receiver) -> None:
    """Tasks capture while the gateway hangs, and no loop waits for it."""
    receiver.mood = "hanging"
    client = Client(transport=HttpTransport(receiver.url, timeout_s=0.3), interval_s=0.01)

    async def work(name: int) -> float:
        longest = 0.0
        for number in range(20):
            began = time.perf_counter()
            client.capture(**CALL, event_id=f"{name}-{number}")
            longest = max(longest, time.perf_counter() - began)
            await asyncio.sleep(0)
        return longest

    async def main() -> list[float]:
        return await asyncio.gather(*(work(name) for name in range(20)))

    assert max(asyncio.run(main())) < 0.2
    receiver.mood = "well"
    receiver.released.set()
    client.flush(10)
    _exact(client, receiver, 400)
    client.close()


def test_exit(receiver: Receiver, tmp_path: Path) -> None:
    """At the end of the interpreter what was not taken lies on disk, and a batch that hangs as well."""
    receiver.mood = "hanging"
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import fmwatch, time\n"
        "fmwatch.configure(sys.argv[2], spool=sys.argv[3], interval_s=0.02)\n"
        "for number in range(10):\n"
        "    fmwatch.capture(provider='p', request_model='m', event_id=str(number))\n"
        "time.sleep(0.3)\n"
        "fmwatch.capture(provider='p', request_model='m', event_id='last')\n"
    )
    command = [sys.executable, "-c", code, str(CLIENT), receiver.url, str(tmp_path)]
    began = time.monotonic()
    subprocess.run(command, check=True, timeout=30)
    assert time.monotonic() - began < 10
    kept = [line for path in tmp_path.glob("*.jsonl") for line in path.read_text().splitlines()]
    assert {json.loads(line)["event_id"] for line in kept} == {*map(str, range(10)), "last"}
