"""docs/receivers.md holds what it says: its examples load, each receiver of the configuration has one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.alerter.errors import Dropped
from services.alerter.receivers.base import Beating, Kind
from services.config import Config
from services.config_receivers import ReceiverConfig
from services.wall import now
from services.wiring import check_built, heartbeat, receivers
from tests.services.alerter.receivers.ways import ALL, notification, opened

PAGE = (Path(__file__).parents[2] / "docs" / "receivers.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
SECRETS = {"url_file": "http://localhost:1/hush", "webhook_url_file": "http://localhost:1/hush"}
COLUMNS: tuple[Kind, ...] = ("fire", "renotify", "acknowledge", "resolve", "change")
# What the table calls the receivers that the suites run over.
NAMES = {"slack webhook": "`slack`, `webhook_url`", "slack bot": "`slack`, `token`"}


def loaded(example: str, folder: Path) -> Config:
    """Return the configuration of an example, its secrets in files that are there."""

    def file(found: re.Match[str]) -> str:
        path = folder / Path(found[2]).name
        path.write_text(SECRETS.get(found[1], "hush") + "\n")
        return f"{found[1]}: {path}"

    path = folder / "fmwatch.yaml"
    path.write_text(re.sub(r"(\w+_file): ([\w/-]+)", file, example))
    return Config.load(path, {})


@pytest.mark.parametrize("example", EXAMPLES)
def test_example(example: str, tmp_path: Path) -> None:
    """Each example is a configuration that is obeyed, with its secret from its file."""
    config = loaded(example, tmp_path)
    check_built(config)
    known = receivers(config, now)
    assert set(known) == {"console", *config.receivers}
    assert bool(heartbeat(config, known, now).receivers) == config.heartbeat.wanted
    if "_file" in example:
        assert "hush" in f"{config.receivers} {config.heartbeat}"


def test_every_kind(tmp_path: Path) -> None:
    """Each kind of receiver has an example."""
    shown = {
        kind
        for example in EXAMPLES
        for receiver in loaded(example, tmp_path).receivers.values()
        for kind, value in receiver
        if value is not None
    }
    assert shown == set(ReceiverConfig.model_fields)


@pytest.mark.parametrize("name", ALL)
def test_table(name: str) -> None:
    """The table says what each receiver tells and what it drops."""
    start = f"| {NAMES.get(name, f'`{name}`')} |"
    (row,) = (line for line in PAGE.splitlines() if line.startswith(start))
    *cells, beats = (cell.strip() for cell in row.removeprefix(start).strip("|").split("|"))
    with opened(name) as way:
        for kind, cell in zip(COLUMNS, cells, strict=True):
            try:
                way.receiver.notify(notification(kind))
                sent = True
            except Dropped:
                sent = False
            assert sent == (cell != "-" and not cell.startswith("in ")), kind
        assert isinstance(way.receiver, Beating) == (beats == "yes")
