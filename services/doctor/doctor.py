"""Which checks a configuration asks for, and their answer on a screen or as one document."""

from __future__ import annotations

import json
import logging
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote

from services.config import Config
from services.doctor import disk
from services.doctor.check import Check, Code, Finding, Status, examine, exit_code, skip
from services.doctor.configuration import configured, production
from services.doctor.directory import directory
from services.doctor.environment import environment
from services.doctor.kafka import kafka
from services.doctor.models import models
from services.doctor.notifications import of_server, of_store
from services.doctor.receivers import receivers
from services.doctor.store import store

_WORDS: dict[Status, str] = {"ok": "ok", "warn": "to look after", "fail": "wrong", "skip": "not looked at"}


def show(file: Path | None, data: Path, *, as_json: bool) -> Code:
    """Look at everything, print what was found, and return the exit code."""
    findings = found(file, data)
    code = exit_code(findings)
    sys.stdout.write(document(findings) if as_json else "".join(_lines(findings)))
    return code


def found(file: Path | None, data: Path) -> list[Finding]:
    """Return what every check finds that the configuration asks for; never raises.

    Parameters
    ----------
    file : the configuration; None means all defaults
    data : the data directory, which the production path has none of
    """
    for library in ("kafka", "clickhouse_connect", "urllib3", "httpx2"):
        logging.getLogger(library).setLevel(logging.CRITICAL)  # what they say is said here, better
    config, said = configured(file)
    told = f" --config {quote(str(file))}" if file else ""
    return [*said, *examine(list(_checks(config, data, told)))]


def document(findings: Sequence[Finding]) -> str:
    """Return the JSON document of `doctor --json`."""
    checks = [
        {"name": one.name, "status": one.status, "what": one.what, "remedy": one.remedy} for one in findings
    ]
    return json.dumps({"ok": exit_code(findings) == 0, "checks": checks}, ensure_ascii=False, indent=1) + "\n"


def _checks(config: Config | None, data: Path, told: str) -> Iterator[Check]:
    yield Check("python", lambda: environment(config.timezone if config else "UTC"))
    yield Check("models", lambda: models(datetime.now(UTC), config))
    if config is None:
        yield Check("dependencies", lambda: [skip("dependencies", "the configuration does not say which")])
        return
    if not production(config):
        yield Check("data directory", lambda: directory(data))
        yield Check("disk", lambda: disk.of_directory(data))
        yield Check("notifications", lambda: of_server(data, config))
    if brokers := config.log.kafka:
        yield Check("kafka cluster", lambda: kafka(brokers, told))
    if url := config.store.clickhouse:
        yield Check("clickhouse", lambda: store(url))
        yield Check("notifications", lambda: of_store(url, config))
    yield from receivers(config)


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    width = max(len(one.name) for one in findings)
    for one in findings:
        yield f"{one.status:<4}  {one.name:<{width}}  {' '.join(one.what.split())}\n"
        if one.remedy:
            yield f"      {'':<{width}}  {one.remedy}\n"
    counts = Counter(one.status for one in findings)
    told = ", ".join(f"{counts[status]} {words}" for status, words in _WORDS.items() if counts[status])
    yield f"{len(findings)} checks: {told}\n"
