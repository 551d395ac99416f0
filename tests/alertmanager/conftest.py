"""These tests need the program prometheus-alertmanager, so they run where they are asked for."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.services.alerter.receivers.places import Web, closed

PATIENCE_S = 20.0
CONFIG = """
route:
  receiver: hook
  group_by: [alertname, alert]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: hook
    webhook_configs: [{{url: '{url}/', send_resolved: true}}]
"""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave these tests out of every run that does not name their marker."""
    if "alertmanager" in config.option.markexpr:
        return
    mine = [item for item in items if item.get_closest_marker("alertmanager")]
    config.hook.pytest_deselected(items=mine)
    items[:] = [item for item in items if item not in mine]


@dataclass(frozen=True, slots=True)
class Running:
    """An Alertmanager and whom it tells.

    Attributes
    ----------
    hook : gets what it notifies of
    """

    url: str
    hook: Web

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that fire there."""
        found: list[dict[str, Any]] = httpx2.get(f"{self.url}/api/v2/alerts", trust_env=False).json()
        return found

    def notified(self, n: int) -> list[dict[str, Any]]:
        """Return the alerts of its first n notifications, once there are so many."""
        patience = time.monotonic() + PATIENCE_S
        while len(self.hook.asked) < n:
            if time.monotonic() > patience:
                raise TimeoutError(f"{len(self.hook.asked)} of {n} notifications came")
            time.sleep(0.05)
        return [alert for asked in self.hook.asked[:n] for alert in asked.json["alerts"]]


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[Running]:
    """A fresh one with a webhook of ours behind it."""
    program = os.environ.get("ALERTMANAGER") or shutil.which("prometheus-alertmanager")
    if not program:
        pytest.fail("no prometheus-alertmanager here: install the Debian package, or name it in ALERTMANAGER")
    with Web().open() as hook:
        config = tmp_path / "alertmanager.yml"
        config.write_text(CONFIG.format(url=hook.url))
        port = closed()
        arguments = [
            program,
            f"--config.file={config}",
            f"--storage.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ]
        with (tmp_path / "said.txt").open("wb") as said:
            running = subprocess.Popen(arguments, stdout=said, stderr=said)
        try:
            url = f"http://127.0.0.1:{port}"
            _ready(url, running, tmp_path / "said.txt")
            yield Running(url, hook)
        finally:
            running.kill()
            running.wait()


def _ready(url: str, running: subprocess.Popen[bytes], said: Path) -> None:
    patience = time.monotonic() + PATIENCE_S
    while True:
        try:
            if httpx2.get(f"{url}/-/ready", trust_env=False).is_success:
                return
        except httpx2.TransportError:
            pass
        if running.poll() is not None or time.monotonic() > patience:
            raise RuntimeError(said.read_text("utf-8", "replace")[-2000:])
        time.sleep(0.05)
