"""Measure how many spans of OpenTelemetry a server takes in per processor second, ours and the peers'.

The same bodies go to each server, one after the other over one connection: calls with prompt and answer, 200
to a body, protobuf. A server's time is that of all its processes from the first body until it has written the
last span. The figure is the gateway's with the SQLite log, where every span is on disk before the answer; the
baseline is the faster of the peers' own servers. Peers are started from environments in the folder that
FMWATCH_PEERS names; --full makes these environments anew from PyPI first, where there is a network.

python -m bench.ingest [--json] [--full]    (1,000 spans, five times, peers once; --full: 5,000, peers thrice)
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from fmwatch.event import Generation
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench.ingest_servers import Server, busy_s, ours, peers
from bench.mix import halves
from bench.report import emit, options

PEERS = ("arize-phoenix==20.26.1", "mlflow==3.17.2")
OF_A_BODY = 200
WARMING = 200  # spans before those that count
TIMES = 5
ROUNDS = 5  # ours take the calls so often, with new ids: processor time is counted in hundredths
TIMES_OF_A_PEER = 3  # with --full; else once, for they take minutes
PATIENCE_S = 240.0
LOOK_S = 0.2


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "")
    calls = halves(5_000 if chosen.full else 1_000)[0]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        others = peers(_peers(Path(folder), make=chosen.full))
        times = TIMES_OF_A_PEER if chosen.full else 1
        rows = [_row(server, calls, TIMES, ROUNDS) for server in ours()]
        rows += [_row(server, calls, times) for server in others]
    speeds = [float(str(row["spans_per_cpu_s"])) for row in rows]
    emit(
        "ingest",
        speeds[0],
        "spans/cpu-s, durable before the answer",
        n=len(calls),
        baseline=max(speeds[2:], default=None),
        rows=rows,
        as_json=chosen.json,
    )


def _peers(folder: Path, *, make: bool) -> Path:
    """Return where the peers' environments are; without any the baseline is null."""
    if not make:
        return Path(os.environ.get("FMWATCH_PEERS", folder))
    uv = str(Path(sys.executable).with_name("uv"))
    for package in PEERS:
        sys.stderr.write(f"{package} from PyPI ...\n")
        place = folder / package.partition("==")[0]
        subprocess.run([uv, "venv", "--quiet", str(place)], check=True)  # noqa: S603 - our own tool
        install = [uv, "pip", "install", "--quiet", "--python", str(place / "bin" / "python"), package]
        if subprocess.run(install, check=False).returncode:  # noqa: S603 - as above
            sys.stderr.write(f"{package} cannot be installed: left out\n")
    return folder


def _row(server: Server, calls: Sequence[Generation], times: int, rounds: int = 1) -> dict[str, object]:
    cpu, wall = zip(*(_measured(server, calls, rounds) for _ in range(times)), strict=True)
    spans = len(calls) * rounds
    return {
        "server": server.name,
        "spans_per_cpu_s": spans / statistics.median(cpu),
        "spans_per_s": spans / statistics.median(wall),
        "durable": server.durable,
        "times": times,
    }


def _measured(server: Server, calls: Sequence[Generation], rounds: int) -> tuple[float, float]:
    """Return processor and wall seconds of taking in the calls."""
    sys.stderr.write(f"{server.name} ...\n")
    bodies = [body for _ in range(rounds) for body in _bodies(calls)]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home, port = Path(folder), _free_port()
        with _running(server, home, port) as process:
            connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
            _until(lambda: _answers(server, port))
            _send(connection, server, list(_bodies(calls[:WARMING])))
            _until(lambda: server.stored(home, port) >= WARMING)
            busy, began = busy_s(process.pid), time.monotonic()
            _send(connection, server, bodies)
            _until(lambda: server.stored(home, port) >= WARMING + len(calls) * rounds)
            return busy_s(process.pid) - busy, time.monotonic() - began


def _bodies(calls: Sequence[Generation]) -> Iterator[bytes]:
    """Return the calls as a library of OpenTelemetry would tell them; new ids each time."""
    now_ns = time.time_ns()
    for start in range(0, len(calls), OF_A_BODY):
        request = ExportTraceServiceRequest()
        group = request.resource_spans.add()
        group.resource.attributes.add(key="service.name").value.string_value = "helpdesk"
        scope = group.scope_spans.add()
        scope.scope.name = "opentelemetry.instrumentation.openai_v2"
        for call in calls[start : start + OF_A_BODY]:
            _add(scope, call, now_ns)
        yield request.SerializeToString()


def _add(scope: object, call: Generation, now_ns: int) -> None:
    span = scope.spans.add(  # type: ignore[attr-defined]  # a protobuf message
        trace_id=secrets.token_bytes(16),
        span_id=secrets.token_bytes(8),
        name=f"chat {call.request_model}",
        kind=3,
        start_time_unix_nano=now_ns - int((call.latency_ms or 0) * 1e6),
        end_time_unix_nano=now_ns,
    )
    texts = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": call.request_model,
        "gen_ai.response.model": call.request_model,
        "gen_ai.response.id": secrets.token_hex(12),
        "openinference.span.kind": "LLM",
        "server.address": "api.openai.com",
        "gen_ai.input.messages": _message(
            "user", "\n".join([*(one.text for one in call.context), call.prompt])
        ),
        "gen_ai.output.messages": _message("assistant", call.response),
    }
    for key, value in texts.items():
        span.attributes.add(key=key).value.string_value = value
    for key, count in (("input", call.usage.input), ("output", call.usage.output)):
        span.attributes.add(key=f"gen_ai.usage.{key}_tokens").value.int_value = count or 0
    span.attributes.add(key="gen_ai.request.temperature").value.double_value = 0.2


def _message(role: str, text: str) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}], "finish_reason": "stop"}])


def _send(connection: HTTPConnection, server: Server, bodies: Sequence[bytes]) -> None:
    headers = {"content-type": "application/x-protobuf", **server.headers}
    for body in bodies:
        for _ in range(600):
            connection.request("POST", "/v1/traces", body, headers)
            answer = connection.getresponse()
            told = answer.read()
            if answer.status not in {429, 503}:
                break
            time.sleep(0.1)
        if answer.status != 200 or (len(told) > 2 and server.ours):
            raise RuntimeError(f"{server.name} answers {answer.status}: {told[:300]!r}")


@contextmanager
def _running(server: Server, home: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    with (home / "said.txt").open("wb") as said:
        running = subprocess.Popen(  # noqa: S603 - what this measures
            server.command(home, port),
            stdout=said,
            stderr=said,
            env={**os.environ, **server.environment(home, port)},
            cwd=None if server.ours else home,
            start_new_session=True,
        )
        try:
            yield running
        finally:
            os.killpg(running.pid, 9)
            running.wait()


def _answers(server: Server, port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", server.ready)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("a server did not write all spans in time")
        time.sleep(LOOK_S)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


if __name__ == "__main__":
    main()
