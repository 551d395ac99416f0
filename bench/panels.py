"""Measure how fast Grafana's panels are answered over a month of a large fleet.

Every panel's query, expanded as the plugin does, over the time that its dashboard shows at first: of
everything, and of one route; and of everything over six hours, the longest time summed up from minutes. On
the embedded engine, with two threads. The figure is the slowest query's 95th percentile.

python -m bench.panels [--json] [--full]    (2 million minutes, 200,000 calls; --full: 21.6 and 2 million)
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from bench.query_rows import Month, fill
from bench.report import emit, options
from dashboards.boards import BOARDS
from dashboards.plugin import ALL, Shown, expanded
from store.database import Database

TIMES = {False: 3, True: 25}
NAMES = ("tenant", "team", "route", "platform", "model")
HOURS = {"now-6h": 6, "now-24h": 24, "now-7d": 7 * 24, "now-30d": 30 * 24}
SHORT_H = 6
POINTS = 400  # that a chart has room for


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "")
    series, facts = (500, 2_000_000) if chosen.full else (50, 200_000)
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        Database.open(Path(folder)) as store,
    ):
        month = fill(store, series, facts)
        rows: list[dict[str, Any]] = [
            _measured(store, name, title, sql, TIMES[chosen.full]) for name, title, sql in _queries(month)
        ]
        rows.sort(key=lambda row: row["p95_s"], reverse=True)
        emit(
            "panels",
            max(row["p95_s"] for row in rows),
            "s, the 95th percentile of the slowest panel",
            n=store.rows("SELECT count() AS n FROM minutes FINAL")[0]["n"],
            rows=rows,
            as_json=chosen.json,
        )


def _queries(month: Month) -> Sequence[tuple[str, str, str]]:
    """Return for each panel and choice: the dashboard, the panel, the SQL."""
    panels = {(board.since, panel.sql): (board, panel) for board in BOARDS for panel in board.panels()}
    return [
        (board.title, f"{panel.title}, {said}", _sql(panel.sql, hours, values, month))
        for board, panel in panels.values()
        for said, hours, values in _choices(month, HOURS[board.since])
    ]


def _choices(month: Month, hours: int) -> Iterator[tuple[str, int, Mapping[str, Sequence[str]]]]:
    """Yield what is chosen on a dashboard: in words, how many hours, and the variables."""
    tenant, route = month.route(0)
    everything = {**dict.fromkeys(NAMES, ALL), "allowed": ("0.01",)}
    yield "all", hours, everything
    yield "a route", hours, {**everything, "tenant": (tenant,), "route": (route,)}
    if hours > SHORT_H:
        yield "all, six hours", SHORT_H, everything


def _sql(sql: str, hours: int, values: Mapping[str, Sequence[str]], month: Month) -> str:
    shown = Shown(month.end - timedelta(hours=hours), month.end, max(60, hours * 3600 // POINTS))
    return expanded(sql, values, shown)


def _measured(store: Database, board: str, panel: str, sql: str, times: int) -> dict[str, Any]:
    sys.stderr.write(f"{board}: {panel} ...\n")
    walls, busy = [], []
    for _ in range(times):
        began, used = time.perf_counter(), time.process_time()
        store.query(sql)
        walls.append(time.perf_counter() - began)
        busy.append(time.process_time() - used)
    return {
        "dashboard": board,
        "panel": panel,
        "cold_s": walls[0],
        "p50_s": float(np.median(walls[1:])),
        "p95_s": float(np.percentile(walls[1:], 95)),
        "cpu_p50_s": float(np.median(busy[1:])),
    }


if __name__ == "__main__":
    main()
