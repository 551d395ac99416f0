"""A store that two tenants share, each with calls, an alert, advice, changes and what could not be read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fmwatch.event import Change, Feedback, Message
from starlette.applications import Starlette
from starlette.testclient import TestClient

from detectors.monitors.base import Series, Signal
from services.access.door import TokenDoor
from services.access.readers import readable
from services.access.token import Scope, digest
from services.access.tokens import Tokens
from services.access.tokens_file import add
from services.alerts.directory import Directory
from services.alerts.spoken import Spoken
from services.config import Config
from services.console.page import Console
from services.console.source import StoreAudit, StoreSource
from services.label.judgements import Judgements
from services.lookout import Lookout
from store.database import Database
from store.labels import PAIR_TAG
from store.rollup import Rollup
from store.testing import empty
from store.writer import Writer
from stream.sqlite_log import SqliteLog
from tests.store.fleet import MINUTE, START, batch, calls, verdicts

NOW = START + timedelta(hours=20)
TENANTS = ("acme", "globex")
PAIRS = 20  # of each tenant's calls, answered again by its next model
RIGHTS: dict[str, tuple[str, tuple[Scope, ...]]] = {
    "acme-reads": ("acme", ("read",)),
    "acme-on-call": ("acme", ("read", "act", "content")),
    "globex-on-call": ("globex", ("read", "act", "content")),
    "all-on-call": ("*", ("read", "act", "content")),
}


class Shared:
    """The store, its alerts by tenant, and its console.

    Attributes
    ----------
    alerts : the id of each tenant's alert
    labels : what was said of pairs
    away : raised instead of taking labels in
    """

    def __init__(self, database: Database, folder: Path, log: SqliteLog) -> None:
        self.database = database
        self.labels: list[dict[str, Any]] = []
        self.away: Exception | None = None
        self.lookout = Lookout(Config(), database, log, lambda: NOW)
        self.alerts = {name: self._fill(name) for name in TENANTS}
        Rollup(database).catch_up()
        tokens = folder / "tokens.yaml"
        for token, (tenant, scopes) in RIGHTS.items():
            add(tokens, tenant, scopes, digest(token))
        self.console = Console(
            StoreSource(database),
            lambda: NOW,
            desk=Spoken(Directory(self.lookout)),
            audit=StoreAudit(database),
            judgements=Judgements(database, self.put, ("email",)),
        )
        routes = [readable(self.console.routes(), TokenDoor(Tokens(tokens)))]
        self.app = Starlette(routes=routes, exception_handlers=self.console.handlers())

    def browser(self, token: str, name: str = "ana") -> TestClient:
        """Return a browser in which somebody came in with a token."""
        client = TestClient(self.app, base_url="https://watch.example.org", client=("10.0.0.7", 40_000))
        client.auth = (name, token)
        return client

    def raised(self, tenant: str, *, hour: float = 7, route: str = "") -> str:
        """Raise an alert of a tenant; return its id."""
        route = route or f"{tenant}-route"
        minute = MINUTE + round(60 * hour)
        found = Signal(
            signal="hallucination",
            state="raised",
            series=Series("route", tenant, route=route),
            team=f"{tenant}-team",
            minute=minute,
            began=minute - 60,
            began_low=minute - 80,
            began_high=minute - 40,
            observed=0.12,
            reference=0.05,
            low=0.08,
            high=0.2,
            unit="ratio",
            n=120,
            routes=(route,),
            share_of_traffic=0.3,
            monitor="rate 1",
            examples=tuple(f"e{index}" for index in range(3)),
        )
        (alert,) = self.lookout.alerter.take([found], NOW, notify=False)
        return alert.id

    def put(self, lines: Sequence[bytes]) -> None:
        """Take labels in, and store them as the worker does."""
        if self.away:
            raise self.away
        labels = [json.loads(line) for line in lines]
        self.labels += labels
        Writer(self.database).feedback(
            [
                Feedback(
                    event_id=one["event_id"],
                    tenant=one["tenant"],
                    kind=one["kind"],
                    name=one["name"],
                    value=one["value"],
                    by=one["by"],
                    at=datetime.fromisoformat(one["at"]),
                    extra={"person": one["person"]},
                )
                for one in labels
            ]
        )

    def _fill(self, tenant: str) -> str:
        events = [
            replace(
                each,
                tenant=tenant,
                route=f"{tenant}-route",
                team=f"{tenant}-team",
                request_model=f"{tenant}-model",
                prompt=f"{tenant}-prompt {index}",
                messages=(Message("user", f"{tenant}-prompt {index}"),),
                response=f"{tenant}-answer",
            )
            for index, each in enumerate(calls(60, step_s=600.0))
        ]
        writer = Writer(self.database)
        again = [
            replace(
                each,
                event_id=f"{tenant}-again-{each.event_id}",
                request_model=f"{tenant}-next",
                response=f"{tenant}-other-answer",
                tags={PAIR_TAG: each.event_id},
            )
            for each in events[:PAIRS]
        ]
        writer.generations([(batch(each), verdicts(each)) for each in (events, again)])
        at = START + timedelta(hours=5)
        writer.changes([Change(at, "prompt", tenant, route=f"{tenant}-route", to=f"{tenant}-v2")])
        writer.advice([_advice(tenant, at)])
        letter = {"tenant": tenant, "topic": "llm.generations", "partition": 0, "offset": 1, "line": 0}
        writer.dead_letters([{**letter, "at": NOW, "original": f"{tenant}-original"}])
        return self.raised(tenant)


@contextmanager
def shared(database: Database, folder: Path) -> Iterator[Shared]:
    """Fill a store for two tenants."""
    empty(database)
    with SqliteLog(folder) as log:
        yield Shared(database, folder, log)
    empty(database)


def _advice(tenant: str, at: datetime) -> dict[str, object]:
    return {
        "tenant": tenant,
        "id": f"{tenant}-advice",
        "route": f"{tenant}-route",
        "platform": "azure",
        "incumbent": f"{tenant}-model",
        "candidate": f"openai/{tenant}-next",
        "causes": ["retiring"],
        "state": "recommend",
        "spend_difference_ratio": -0.4,
        "spend_basis": "price_list",
        "n": 60,
        "evidence": "provider",
        "made_at": at,
        "expires_at": NOW + timedelta(days=30),
        "body": f'{{"reason": "{tenant}-reason", "text": "[retiring] {tenant}-route\\ndo: move"}}',
        "updated_at": at,
    }
