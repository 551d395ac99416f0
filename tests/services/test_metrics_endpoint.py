"""What Prometheus and a supervisor get from a process, over real HTTP."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from services.address import Address
from services.config_file import ConfigError
from services.metrics_endpoint import USUAL, Health, MetricsEndpoint, health_of
from stream.meter import Meter
from stream.pulse import Pulse
from tests.stream.metered import numbers

FREE = Address("127.0.0.1", 0)
FMWATCH = Path(sys.executable).with_name("fmwatch")


def got(address: object, path: str) -> tuple[int, str, bytes]:
    """Return status, kind and body of an answer."""
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read()


def test_metrics() -> None:
    """Prometheus reads the numbers of the process; whatever else is asked for is not there."""
    with MetricsEndpoint(Meter("console"), FREE) as endpoint:
        status, kind, body = got(endpoint.address, "/metrics?x=1")
        assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
        found = numbers(body)
        assert [value for name, value in found.items() if name[0] == "fmwatch_build_info"] == [1]
        assert found["process_resident_memory_bytes",] > 0 or sys.platform != "linux"
        assert got(endpoint.address, "/")[0] == 404
    with pytest.raises(OSError, match="refused"):
        got(endpoint.address, "/metrics")


def test_health() -> None:
    """A loop that moves is well, also where it waits for something; one that stands still is not, and why."""
    now = [100.0]
    pulse = Pulse(lambda: now[0])
    with MetricsEndpoint(Meter("score"), FREE, lambda: health_of(pulse, 60)) as endpoint:
        assert _health(endpoint) == (200, {"status": "ok"})
        pulse.beat("the store cannot take this now")
        now[0] = 159
        assert _health(endpoint) == (
            200,
            {"status": "waiting", "waiting_for": "the store cannot take this now"},
        )
        now[0] = 161
        status, told = _health(endpoint)
        assert (status, told["status"]) == (503, "still")
        assert told["reason"] == "the loop has not moved for 61 s"
        pulse.beat()
        assert _health(endpoint) == (200, {"status": "ok"})


def _health(endpoint: MetricsEndpoint) -> tuple[int, dict[str, str]]:
    status, kind, body = got(endpoint.address, "/healthz")
    assert kind == "application/json"
    return status, json.loads(body)


def test_failing(caplog: pytest.LogCaptureFixture) -> None:
    """A number that cannot be had costs that answer, and not the endpoint."""
    answers = iter([Health(well=True, told={"status": "ok"})])
    with MetricsEndpoint(Meter("score"), FREE, answers.__next__) as endpoint:
        assert got(endpoint.address, "/healthz")[0] == 200
        with pytest.raises(OSError):  # noqa: PT011 - the connection is closed, in one way or another
            got(endpoint.address, "/healthz")
        assert got(endpoint.address, "/metrics")[0] == 200
    assert "no answer" in caplog.text


def test_slow_reader() -> None:
    """A reader that says nothing holds up nobody else, and not the end."""
    with (
        MetricsEndpoint(Meter("score"), FREE) as endpoint,
        socket.create_connection(endpoint.address, timeout=10),
    ):
        assert got(endpoint.address, "/metrics")[0] == 200


def test_taken() -> None:
    """An address that somebody asked for and is taken is refused with the remedy; the usual one gives way."""
    with (
        MetricsEndpoint(Meter("score"), FREE) as first,
        pytest.raises(ConfigError, match=rf"{first.address} .*; choose another --metrics"),
    ):
        MetricsEndpoint(Meter("score"), first.address)
    with MetricsEndpoint(Meter("score")) as one, MetricsEndpoint(Meter("score")) as other:
        assert one.address.host == other.address.host == USUAL.host
        assert one.address.port != other.address.port
        assert got(other.address, "/metrics")[0] == 200


@pytest.mark.parametrize("wrong", ["", "host", ":80", "65536", "-1", "1:2:x", "٣", "0000000080"])
def test_no_address(wrong: str) -> None:
    """What is no address is refused with an example."""
    with pytest.raises(ValueError, match="for instance"):
        Address.parse(wrong)


def test_commands() -> None:
    """Every process of the production path takes the option, and refuses what is no address."""
    for role in ("score", "watch", "gateway", "console"):
        said = subprocess.run(
            [FMWATCH, "worker", role, "--metrics", "nowhere"], capture_output=True, check=False
        )
        assert said.returncode == 2, said.stderr
        assert b"'nowhere' is no address" in said.stderr


def test_up(tmp_path: Path) -> None:
    """`fmwatch up` answers on its own port, with what all of its parts have."""
    process = subprocess.Popen([FMWATCH, "up", "--data", tmp_path, "--port", "0"], stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        found = re.search(r"http://(\S+)", process.stderr.readline().decode())
        assert found
        call = {"provider": "openai", "request_model": "gpt-4o", "prompt": "Who?", "event_id": "a"}
        lines = json.dumps([{**call, "occurred_at": "2020-01-01T00:00:00Z"}, {**call, "event_id": 3}])
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(
                urllib.request.Request(
                    f"{found.group()}/v1/events", lines.encode(), {"Content-Type": "application/json"}
                ),
                timeout=20,
            )
        status, kind, body = got(found.group(1), "/metrics")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    told = numbers(body)
    assert told["fmwatch_gateway_requests_total", "400"] == 1
    assert told["fmwatch_gateway_rejected_events_total", "clock_out_of_range"] == 1
    assert told["fmwatch_gateway_accepted_events_total",] == 0
    assert 0 <= told["fmwatch_progress_age_seconds", "score"] < 60
