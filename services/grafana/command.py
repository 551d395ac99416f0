"""`fmwatch grafana`: what it does with a Grafana that is already there."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from services.config import Config, ConfigError
from services.grafana.annotate import annotate, mark
from services.grafana.grafana import Grafana
from services.grafana.publish import publish
from services.grafana.through_grafana_api import GrafanaApi
from services.loopback import loopback
from services.wiring import opened
from store.marks import made, marks


def show_publish(grafana: Grafana, url: str, source: str, console: str, *, as_json: bool) -> None:
    """Put the dashboards there and print where each is."""
    if _own(console) and not _own(url):
        sys.stderr.write(
            f"links of these dashboards lead to {console}, which is each reader's own machine: "
            "say with --console where they find it\n"
        )
    put = []
    for title, path in publish(grafana, source, console, version("fmwatch-server")):
        put.append({"title": title, "url": url.rstrip("/") + path})
        if not as_json:
            sys.stdout.write(f"{title}: {put[-1]['url']}\n")
    if as_json:
        sys.stdout.write(json.dumps({"dashboards": put}, indent=1) + "\n")


def show_annotate(
    grafana: Grafana, config_file: Path | None, since: datetime, until: datetime | None, *, as_json: bool
) -> None:
    """Mark what happened and print how much of it was new.

    Raises
    ------
    ConfigError : there is no ClickHouse server, which Grafana would have to read too
    """
    config = Config.load(config_file)
    if not config.store.clickhouse:
        raise ConfigError(
            "store.clickhouse: Grafana reads a ClickHouse server, and so does this command: name it in the "
            "configuration, or with FMWATCH_STORE_CLICKHOUSE_FILE"
        )
    until = until or datetime.now(UTC)
    with opened(config) as database:
        happened = [mark(row) for row in marks(database, since, until)]
        ours = f"fmwatch-store-{made(database)}"
    found = annotate(grafana, happened, since, until, ours)
    if as_json:
        sys.stdout.write(json.dumps(asdict(found)) + "\n")
    else:
        sys.stdout.write(
            f"{found.new} new, {found.changed} changed, {found.removed} removed, {found.same} as they were\n"
        )


def reached(url: str, token_file: Path) -> Grafana:
    """Return the Grafana at an address."""
    return GrafanaApi(url, token_file.read_text("utf-8").strip())


def _own(url: str) -> bool:
    return loopback(urlsplit(url).hostname or "")
