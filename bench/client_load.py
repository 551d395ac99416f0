"""What `bench.client` runs in an environment that holds the client alone.

python bench/client_load.py pace SECONDS | memory EVENTS [SPOOL]
"""

from __future__ import annotations

import json
import queue
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import fmwatch

A_SECOND = 1_000
TURN_S = 1.0  # the client and its competitor take turns, so that both meet the same machine
_SENTENCES = "The invoice of the {} was sent to the wrong address; please tell me how to have it corrected. "
_RECEIVER = """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Taking(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        answer = b'{"accepted":1,"rejected":0}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
    def log_message(self, *_):
        pass
server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


def calls() -> Iterator[dict[str, object]]:
    """Yield model calls with 8 KB of text, no two of them alike."""
    number = 0
    while True:
        number += 1
        text = (_SENTENCES.format(number) * 43)[:4_000]
        yield {
            "provider": "openai",
            "request_model": "gpt-4o",
            "route": "helpdesk",
            "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": text}],
            "response": text[::-1],
            "usage": {"input": 812, "output": 790},
            "latency_ms": 812.5,
        }


def pace(seconds: float) -> dict[str, object]:
    """Return what a capture costs at a thousand a second with the sender at work, and a bare queue's put."""
    command = [sys.executable, "-c", _RECEIVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as receiver:  # noqa: S603 - our own code
        assert receiver.stdout is not None
        client = fmwatch.Client(f"http://127.0.0.1:{int(receiver.stdout.readline())}", team="support")
        bare = _Bare()
        ours, theirs = list[int](), list[int]()
        some = calls()
        for _ in range(round(seconds / TURN_S / 2)):
            _turn(lambda call: client.capture(**call), some, ours)
            client.flush(30)
            _turn(bare.put_nowait, some, theirs)
            bare.waiting.join()
        report = client.close()
        receiver.kill()
    assert (report.sent, report.dropped) == (len(ours), 0), report
    return {"capture": _percentiles(ours), "put_nowait": _percentiles(theirs), "n": len(ours)}


class _Bare:
    """A queue whose consumer serialises what is put there, and does nothing else with it."""

    def __init__(self) -> None:
        self.waiting: queue.Queue[dict[str, object]] = queue.Queue()
        self.put_nowait = self.waiting.put_nowait
        threading.Thread(target=self._consume, daemon=True).start()

    def _consume(self) -> None:
        while True:
            call = self.waiting.get()
            json.dumps(call, ensure_ascii=False, separators=(",", ":")).encode()
            self.waiting.task_done()


def _turn(
    take: Callable[[dict[str, object]], object], some: Iterator[dict[str, object]], each: list[int]
) -> None:
    began = time.perf_counter()
    for number in range(round(TURN_S * A_SECOND)):
        call = next(some)
        while (left := began + number / A_SECOND - time.perf_counter()) > 0:
            time.sleep(left)
        before = time.perf_counter_ns()
        take(call)
        each.append(time.perf_counter_ns() - before)


def _percentiles(each: list[int]) -> list[float]:
    """Return the half, 99 % and the most, in us."""
    ordered = sorted(each)
    return [ordered[len(ordered) // 2] / 1e3, ordered[len(ordered) * 99 // 100] / 1e3, ordered[-1] / 1e3]


def memory(events: int, spool: str | None) -> dict[str, object]:
    """Return what is held in the end of all those events while nobody takes any."""
    client = fmwatch.Client("http://127.0.0.1:9", spool=spool, max_spool_bytes=64 << 20)
    some = calls()
    client.capture(**next(some))
    before = _most_mib()
    for number in range(1, events):
        client.capture(**next(some))
        if spool and number % 10 == 0:
            time.sleep(0.005)  # ten times as fast as the two hundred a second, so that the disk keeps up
    grown = _most_mib() - before
    report = client.close(0.1)
    disk = sum(path.stat().st_size for path in Path(spool).iterdir()) / (1 << 20) if spool else 0.0
    assert report.captured == events, report
    return {"grown_mib": grown, "disk_mib": disk, "report": report._asdict()}


def _most_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    what, amount, *rest = sys.argv[1:]
    found = pace(float(amount)) if what == "pace" else memory(int(amount), rest[0] if rest else None)
    sys.stdout.write(json.dumps(found))
