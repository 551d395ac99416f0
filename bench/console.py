"""Measure each page of the console on a store of 500 models with 40 open alerts and names that hurt.

Server time, with that of the processor, and weight as a page leaves the server, uncompressed, on the embedded
engine with two threads; and the first paint in headless Chromium, where there is one. The figure is the 95th
percentile of the slowest page.

python -m bench.console [--json] [--full]    (10 requests of each page; --full: 60)
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient

from bench.console_fleet import HURT, LargeFleet, fill
from bench.paint import Paints, browser
from bench.report import emit, options
from services.access.door import LocalDoor
from services.access.readers import readable
from services.access.token import EVERY
from services.access.tokens import Grant
from services.console.organisation import Organisation
from services.console.page import PAGES, Console
from services.console.place import series_address
from services.console.sitting import Wanted
from services.console.source import StoreAudit, StoreSource
from services.console.sums import Key
from services.label.judgements import Judgements
from store.database import Database

MODELS, ALERTS = 500, 40
TIMES = {False: 10, True: 60}
PAINTS = 3
KIB = 1024


class _Everybody(LocalDoor):
    """Lets in whoever reaches it, to do everything."""

    def grant(self, request: Request) -> Grant:  # noqa: ARG002 - the protocol's
        return Grant(EVERY, frozenset({"read", "act", "content"}), mark="anybody")


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "")
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        Database.open(Path(folder)) as store,
    ):
        fleet = fill(store, MODELS, ALERTS)
        budgets = Organisation(budgets={f"team-{n}": 100.0 for n in range(20)})
        console = Console(
            StoreSource(store),
            lambda: fleet.now,
            organisation=budgets,
            audit=StoreAudit(store),
            judgements=Judgements(store, lambda _: None, ()),
        )
        served = Starlette(routes=[readable(console.routes(), _Everybody())])
        source = StoreSource(store)
        assert len({leaf.key.model for leaf in source.leaves(fleet.now)}) == MODELS
        assert sum(each.state != "resolved" for each in source.alerts(fleet.now)) == ALERTS
        chromium = browser()
        paints = Paints(served, chromium) if chromium else None
        with TestClient(served) as client:
            rows = [
                _measured(client, paints, name, path, TIMES[chosen.full])
                for name, path in _pages(source, fleet)
            ]
    emit(
        "console",
        max(row["p95_ms"] for row in rows),
        "ms of server time, the 95th percentile of the slowest page",
        n=len(rows) * TIMES[chosen.full],
        rows=rows,
        as_json=chosen.json,
    )


def _pages(source: StoreSource, fleet: LargeFleet) -> list[tuple[str, str]]:
    """Return every page that people open, by name and path."""
    keys = {leaf.key.model: leaf.key for leaf in source.leaves(fleet.now)}
    plain, hurt = (keys[fleet.models[n]] for n in (HURT + 1, 0))
    return [
        *((title.lower(), path) for title, path in PAGES),
        ("fleet, of a team", "/?team=team-7"),
        ("fleet, its last page", "/?page=10"),
        *(_series("series", plain)),
        *(_series("series with names that hurt", hurt)),
        ("spend by route", "/spend?by=route"),
        ("spend, as a file", "/spend.csv?by=route"),
        ("pipeline of 7 days", "/pipeline?last=7d"),
        ("alert", f"/alerts/{fleet.alerts[-2]}"),
        ("alert of another model", f"/alerts/{fleet.alerts[24]}"),  # on a route with single calls
        ("alert with names that hurt", f"/alerts/{fleet.alerts[0]}"),
        ("a pair to judge", Wanted(**fleet.judged, by="ana").address()),
    ]


def _series(name: str, key: Key) -> list[tuple[str, str]]:
    address = series_address(key)
    return [
        (name, address),
        (f"{name}, 7 days", f"{address}&last=7d"),
        (f"{name}, 30 days", f"{address}&last=30d"),
    ]


def _measured(client: TestClient, paints: Paints | None, name: str, path: str, times: int) -> dict[str, Any]:
    sys.stderr.write(f"{name} ...\n")
    walls, busy, weight = [], [], 0
    for _ in range(times + 1):
        began, used = time.perf_counter(), time.process_time()
        answer = client.get(path)
        walls.append(1000 * (time.perf_counter() - began))
        busy.append(1000 * (time.process_time() - used))
        assert answer.status_code == 200, (path, answer.status_code)
        weight = max(weight, len(answer.content))
    painted = (
        [paints.first(path) for _ in range(PAINTS)] if paints and not path.startswith("/spend.csv") else []
    )
    return {
        "page": name,
        "p50_ms": float(np.median(walls[1:])),
        "p95_ms": float(np.percentile(walls[1:], 95)),
        "cpu_p50_ms": float(np.median(busy[1:])),
        "weight_kib": weight / KIB,
        "first_paint_ms": statistics.median(painted) if painted else None,
    }


if __name__ == "__main__":
    main()
