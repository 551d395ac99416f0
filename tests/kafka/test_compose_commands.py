"""What `docker-compose.yml` starts, without containers: names become addresses, mounts become paths."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from services.testing import FMWATCH
from store.testing import served
from tests.compose import ROOT, Service, mounts, ours
from tests.store.users import config

pytestmark = pytest.mark.kafka

DOORS = {"gateway": 8765, "console": 8766}
METRICS = "http://127.0.0.1:9464"
ANY = "127.0.0.1:0"
PATIENCE_S = 90.0
CALL = {"provider": "openai", "request_model": "gpt-4o", "route": "compose/answer", "latency_ms": 640.0}


def asked(url: str, token: str, body: bytes | None = None) -> bytes:
    """Return what a service answers."""
    request = Request(url, body, {"Authorization": f"Bearer {token}"})
    with urlopen(request, timeout=20) as answer:
        return bytes(answer.read())


class Host:
    """One machine on which the services run as processes."""

    def __init__(self, folder: Path, brokers: str, store: str) -> None:
        self.folder = folder
        subprocess.run(["sh", ROOT / "docker" / "new-secrets.sh", folder / "secrets"], check=True)
        self._urls: dict[str, str] = {}
        # A test store has no users: tests/services/test_rights.py is about them.
        self._names = {"kafka:9092": brokers, "0.0.0.0": "127.0.0.1"}  # noqa: S104 - not here
        self._mounts = {inside: made for one in ours().values() for inside, made in mounts(one).items()}
        for address in (folder / "secrets").glob("store-*"):
            address.chmod(0o600)
            address.write_text(store)

    def url(self, name: str) -> str:
        """Return where a service with a door is, once it is met."""
        return self._urls[name]

    def meet(self, name: str, one: Started) -> None:
        """Wait until a service is well; where it has a door, others find it by its name from now on."""
        self.until(one.well)
        if name in DOORS:
            self.until(lambda: one.place(f"the {name} is") != "")
            self._urls[name] = self._names[f"http://{name}:{DOORS[name]}"] = one.place(f"the {name} is")

    def token(self, scope: str) -> str:
        """Return a token of the script's."""
        return (self.folder / "secrets" / f"token-{scope}").read_text()

    @contextmanager
    def started(self, name: str, service: Service) -> Iterator[Started]:
        """Start a service's command on ports of its own choice; killed in the end where it still runs."""
        command = [self._here(word) for word in service["command"]]
        if name in DOORS:
            command += ["--port", "0"]
        told = {key: self._here(value) for key, value in service.get("environment", {}).items()}
        told["FMWATCH_METRICS"] = ANY
        file = self.folder / f"{name}-{len(list(self.folder.glob('*.txt')))}.txt"
        with file.open("wb") as said:
            process = subprocess.Popen(
                [FMWATCH, *command], env={**os.environ, **told}, stdout=said, stderr=said
            )
        try:
            yield Started(process, file)
        finally:
            process.kill()
            process.wait()

    def _here(self, text: str) -> str:
        """Return what a service is told with this machine's paths and addresses in it."""
        for inside, outside in self._mounts.items():
            if inside in text:
                text = text.replace(inside, str(self._made(outside)))
        for name, address in self._names.items():
            text = text.replace(name, address)
        return text

    def _made(self, outside: Path) -> Path:
        """Return what is mounted as this machine has it: the script's, or a copy with its addresses."""
        made = self.folder / outside.relative_to(ROOT)
        if not made.exists():
            made.parent.mkdir(exist_ok=True)
            made.write_text(self._here(outside.read_text("utf-8")))
        return made

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for something that the services do."""
        patience = time.monotonic() + PATIENCE_S
        while not true():
            if time.monotonic() > patience:
                raise TimeoutError("".join(file.read_text("utf-8") for file in self.folder.glob("*.txt")))
            time.sleep(0.2)


class Started:
    """A process, and the health check that the image would make of it."""

    def __init__(self, process: subprocess.Popen[bytes], said: Path) -> None:
        self.process = process
        self._said = said

    def place(self, what: str) -> str:
        """Return where it says that something is, "" until it does."""
        found = re.search(rf"{what} at (http://[0-9.:]+)", self._said.read_text("utf-8"))
        return found[1] if found else ""

    def well(self) -> bool:
        """Tell what the image's own check says."""
        metrics = self.place("metrics are")
        (check,) = re.findall(r"HEALTHCHECK [^\[]*(\[.*\])", (ROOT / "Dockerfile").read_text())
        python, *words = json.loads(check)
        assert python == "python"
        words = [word.replace(METRICS, metrics) for word in words]
        checked = subprocess.run([sys.executable, *words], stderr=subprocess.DEVNULL, check=False)
        return bool(metrics) and checked.returncode == 0


@pytest.fixture
def machine(brokers: str, tmp_path: Path) -> Iterator[Host]:
    """A machine with a broker without topics of ours in use, and an empty store."""
    with served(tmp_path / "store", config(tmp_path / "users", "fmwatch")) as store:
        yield Host(tmp_path, brokers, store.url)


@pytest.mark.timeout(300)
def test_commands(machine: Host) -> None:
    """Every command of the file runs, says it is well, and a call goes from the gateway to the console."""
    services = ours()
    started: list[Started] = []
    with ExitStack() as stack:
        topics = stack.enter_context(machine.started("topics", services.pop("topics")))
        assert topics.process.wait(60) == 0
        demo = services.pop("demo")
        for name in ("watch", "score", "gateway", "console"):
            service = services.pop(name)
            for _ in range(service["deploy"].get("replicas", 1)):
                started.append(stack.enter_context(machine.started(name, service)))
                machine.meet(name, started[-1])
        assert not services
        started.append(stack.enter_context(machine.started("demo", demo)))
        body = json.dumps({**CALL, "event_id": "one", "occurred_at": datetime.now(UTC).isoformat()}).encode()
        answered = asked(f"{machine.url('gateway')}/v1/events", machine.token("ingest"), body)
        assert json.loads(answered)["accepted"] == 1
        page = f"{machine.url('console')}/"
        machine.until(lambda: b"compose/answer" in asked(page, machine.token("read")))
        machine.until(lambda: b"support/answer" in asked(page, machine.token("read")))
        with pytest.raises(HTTPError, match="401"):
            asked(page, "")
        for one in started:
            one.process.send_signal(signal.SIGTERM)
        assert [one.process.wait(30) for one in started] == [0] * len(started)
