"""`fmwatch up`: gateway, worker, watcher, alerter and console in one process."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.access.door import Door, LocalDoor, TokenDoor, door
from services.access.readers import readable, whole
from services.address import HOST
from services.advice_round import AdviceRound
from services.alerts.directory import Directory as Alerts
from services.alerts.routes import alert_routes
from services.alerts.spoken import Spoken
from services.config import Config
from services.console.organisation import Organisation
from services.console.page import Console
from services.console.source import StoreAudit, StoreSource
from services.dead_letters.reading import Reading
from services.dead_letters.replays import Replays
from services.dead_letters.routes import Routes
from services.deadlines.reading import Reading as Deadlines
from services.deadlines.routes import deadline_routes
from services.digest.gather import Gather
from services.digest.routes import digest_route
from services.erase.directory import Directory
from services.erase.routes import erase_route
from services.export.routes import Reading as Exporting
from services.export.routes import export_routes
from services.gateway.http import Gateway
from services.gateway.receipts import Receipts
from services.label.judgements import Judgements
from services.listening import address, answer, bound
from services.lookout import LONG_PAST, ROUND_S
from services.models.routes import models_route
from services.moved.reading import Reading as Moves
from services.moved.routes import moved_route
from services.report.fleet_week import FleetWeeks
from services.report.gather import Gather as Comparisons
from services.report.routes import report_routes
from services.rules.history import StoreHistory
from services.rules.routes import history_routes
from services.run import Embedded
from services.shadow.reading import Reading as Comparing
from services.shadow.routes import shadow_routes
from services.wall import now
from services.wiring import addresses
from services.worker import logs
from stream.feed import forget
from stream.meter import CONTENT_TYPE
from stream.metrics import PROGRESS_AGE
from stream.pulse import Pulse

IDLE_S = 0.2  # how long the worker waits for the next event
TURN_S = 1.0  # after which a round that has much to catch up lets in who waits for it
BREATH_S = 0.1  # for them to begin
SERVER = "server.json"  # where a running server says how to reach it

_log = logging.getLogger("fmwatch")


def serve(data: Path, config_file: Path | None, port: int, host: str = HOST) -> None:
    """Run the embedded server until it is interrupted; what was accepted is scored at the next start.

    Raises
    ------
    ConfigError : other machines could connect, and there is no tokens_file
    """
    config = Config.load(config_file)
    entrance = door(config, host)
    logs.to_stderr()
    with Embedded(data, config, now, notify=LONG_PAST) as embedded:
        forget(embedded.log)  # what a killed replay left is taken in here: it cannot count it any more
        own = entrance.own if isinstance(entrance, TokenDoor) else ""
        listen(application(embedded, entrance), data, port, host=host, token=own)


def listen(
    app: Starlette,
    data: Path,
    port: int,
    opened: Callable[[str], object] = lambda _: None,
    *,
    host: str = HOST,
    token: str = "",
) -> None:
    """Serve an application and leave a note in the data directory where it can be reached meanwhile.

    Parameters
    ----------
    token : lets commands in that may read the data directory
    """
    with bound(host, port) as socket:
        url = address(socket)
        note = data / SERVER
        _write(note, {"url": url, "pid": os.getpid(), "token": token})
        sys.stderr.write(f"fmwatch is up: {url} (data in {data}; Ctrl-C ends it)\n")
        opened(url)
        try:
            answer(app, socket)
        finally:
            note.unlink(missing_ok=True)


def _write(note: Path, content: Mapping[str, object]) -> None:
    """Write what only the owner of the data directory may read."""
    note.unlink(missing_ok=True)
    note.touch(0o600, exist_ok=False)
    note.write_text(json.dumps(content), encoding="utf-8")


def application(embedded: Embedded, entrance: Door) -> Starlette:
    """Return the application of one data directory; worker and watcher live as long as it does."""
    receipts = Receipts(embedded.log, embedded.clock)
    gateway = Gateway(
        embedded.log,
        embedded.border,
        embedded.clock,
        entrance=entrance,
        meter=embedded.meter,
        receipts=receipts,
    )
    loops = Loops(embedded)
    alerts = Alerts(embedded, loops.between)
    console = Console(
        StoreSource(embedded.database),
        embedded.clock,
        at=addresses(embedded.config),
        organisation=Organisation.of(embedded.config),
        desk=Spoken(alerts),
        audit=StoreAudit(embedded.database),
        judgements=Judgements(embedded.database, embedded.ingest, embedded.config.redact),
        data=embedded.directory if isinstance(entrance, LocalDoor) else None,
    )
    erasing = erase_route(Directory(embedded, loops.paused), entrance)

    def metrics(_: Request) -> Response:
        return Response(embedded.meter.text(), headers={"Content-Type": CONTENT_TYPE})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        loops.start()
        try:
            yield
        finally:
            receipts.close()
            loops.stop()

    return Starlette(
        routes=[
            *gateway.routes(),
            erasing,
            *asked(embedded, alerts, entrance),
            Route("/metrics", metrics, middleware=whole(entrance)),
            readable(console.routes(), entrance),
        ],
        exception_handlers=console.handlers(),
        lifespan=lifespan,
    )


def asked(embedded: Embedded, alerts: Alerts, entrance: Door) -> list[BaseRoute]:
    """Return the routes by which commands ask about a directory that this process has open."""
    database, clock, config = embedded.database, embedded.clock, embedded.config
    replays = Replays(database, embedded.log, embedded.border, clock)
    weeks = Gather(database, config.zone, clock)
    return [
        *Routes(Reading(database), replays, entrance).routes(),
        *alert_routes(alerts, entrance),
        *export_routes(Exporting(database), entrance),
        moved_route(Moves(database, config), entrance),
        *shadow_routes(Comparing(database), entrance),
        *history_routes(StoreHistory(database), entrance),
        *deadline_routes(Deadlines(database, clock), entrance, addresses(config)),
        digest_route(weeks, entrance),
        *report_routes(Comparisons(database, config.zone, clock), FleetWeeks(weeks), entrance),
        models_route(database, embedded.catalogue, config, entrance),
    ]


class Loops:
    """The worker's and the watcher's thread. A round that fails is logged and tried again."""

    def __init__(self, embedded: Embedded) -> None:
        self._embedded = embedded
        self._scoring = Pulse()
        embedded.meter.ask(PROGRESS_AGE, self._scoring.age_s, "score")
        embedded.meter.ask(PROGRESS_AGE, embedded.pulse.age_s, "watch")
        self._stop = threading.Event()
        self._scores, self._watches = threading.Lock(), threading.Lock()
        self._threads = [
            threading.Thread(target=self._work, name="worker", daemon=True),
            threading.Thread(target=self._watch, name="watcher", daemon=True),
        ]

    def start(self) -> None:
        """Start both."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End both after their present round."""
        self._stop.set()
        self._embedded.ending = True
        for thread in self._threads:
            thread.join()
        self._embedded.watcher.save()

    def _work(self) -> None:
        while not self._stop.is_set():
            self._scoring.beat()
            if not self._try(self._embedded.score, self._scores):
                self._stop.wait(IDLE_S)

    def _watch(self) -> None:
        with AdviceRound(self._embedded.look, self._embedded.daily) as advice:
            while not self._stop.is_set():
                self._embedded.pulse.beat()
                behind = self._try(lambda: self._embedded.live(at_most_s=TURN_S), self._watches)
                self._try(advice.turn, self._watches)
                self._stop.wait(BREATH_S if behind else ROUND_S)

    @contextmanager
    def between(self, patience_s: float) -> Iterator[bool]:
        """Keep the watcher from its next round while the block runs; False where its round takes too long."""
        mine = self._watches.acquire(timeout=patience_s)
        try:
            yield mine
        finally:
            if mine:
                self._watches.release()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Keep both from their next round while the block runs; events are taken in all the same.

        Save while an erasure writes the log anew, its last step: whoever sends waits until that is done.
        """
        with self._scores, self._watches:
            yield

    def _try(self, work: Callable[[], object], turn: threading.Lock) -> object:
        try:
            with turn:
                return work()
        except Exception:  # noqa: BLE001 - whatever failed, the next round must come
            _log.exception("a round failed and will be tried again")
            return None
