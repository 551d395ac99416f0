"""Put the dashboards into a Grafana that is already there."""

from __future__ import annotations

from collections.abc import Iterator

from dashboards.board import FOLDER
from dashboards.boards import BOARDS
from dashboards.panel import PLUGIN
from services.grafana.errors import GrafanaRefused
from services.grafana.grafana import Grafana


def publish(grafana: Grafana, source: str, console: str, version: str) -> Iterator[tuple[str, str]]:
    """Put every dashboard there, in place of what was there of the same uid; yield title and path of each.

    Parameters
    ----------
    source : uid of the data source that reads fmwatch's store
    console : address of fmwatch's console, for links
    version : of fmwatch, for Grafana's list of versions

    Raises
    ------
    GrafanaRefused : there is no such data source, or it is of another kind; nothing was put there
    GrafanaAway : Grafana does not answer; the same call goes on
    """
    kind = grafana.source(source)
    if kind != PLUGIN:
        found = "there is none" if kind is None else f"it is one of {kind}"
        raise GrafanaRefused(
            f"a data source of {PLUGIN} with the uid {source} is needed, and {found}: make one that reads "
            "the store as the user fmwatch_read, or name another with --source"
        )
    grafana.folder(FOLDER, FOLDER)
    for board in BOARDS:
        yield board.title, grafana.dashboard(board.json(source, console), FOLDER, f"fmwatch {version}")
