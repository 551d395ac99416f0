"""Where the commands read calls and put answers: a data directory, who runs on it, or the production path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import msgspec

from services.config import Config
from services.dead_letters.desk import UnfinishedReplay
from services.gateway.answer import Taken
from services.late_log import LateLog
from services.reach import reached
from services.remote import Remote
from services.run import Embedded
from services.shadow.reading import Judged, Reading
from services.shadow.routes import PATH
from services.wall import now
from store.database import Database
from store.errors import StoreError
from store.pairs import Call, Compared, Draw, Drawn, Ids, Pair, Route, Said, Use, Watched
from stream.feed import remembered

Kind = Literal["events", "feedback"]  # as the gateway's addresses have it
Lines = Sequence[bytes]

PATIENCE_S = 120.0
TOGETHER = 50  # lines of one request
_T = TypeVar("_T")
_GATEWAY = {"events": "/v1/events", "feedback": "/v1/feedback"}


class Desk(Protocol):
    """Answers questions and takes events in; may block, raises StoreUnavailable where it may work later."""

    def uses(self, wanted: Route) -> list[Use]:
        """Return the models in use on a route."""

    def draw(self, wanted: Draw) -> Drawn:
        """Draw calls at random."""

    def calls(self, wanted: Ids) -> list[Call]:
        """Return single calls."""

    def pairs(self, wanted: Compared) -> list[Pair]:
        """Return the pairs of a route."""

    def said(self, wanted: Compared) -> list[Said]:
        """Return what people and judges said of them."""

    def standings(self, wanted: Watched) -> list[Judged]:
        """Return what labels say of each candidate so far."""

    def put(self, kind: Kind, lines: Lines) -> None:
        """Take events in by the way that all events come; in the log when this returns, twice counts once."""


class Server(Remote):
    """A server that runs on the data directory."""

    def uses(self, wanted: Route) -> list[Use]:
        return self._said("uses", wanted, list[Use])

    def draw(self, wanted: Draw) -> Drawn:
        return self._said("draw", wanted, Drawn)

    def calls(self, wanted: Ids) -> list[Call]:
        return self._said("calls", wanted, list[Call])

    def pairs(self, wanted: Compared) -> list[Pair]:
        return self._said("pairs", wanted, list[Pair])

    def said(self, wanted: Compared) -> list[Said]:
        return self._said("said", wanted, list[Said])

    def standings(self, wanted: Watched) -> list[Judged]:
        return self._said("standings", wanted, list[Judged])

    def put(self, kind: Kind, lines: Lines) -> None:
        for start in range(0, len(lines), TOGETHER):
            body = b"\n".join(lines[start : start + TOGETHER])
            headers = {"Content-Type": "application/x-ndjson"}
            taken = self.decoded(self.answer("POST", _GATEWAY[kind], content=body, headers=headers), Taken)
            if taken.rejects:
                raise StoreError(f"the server refuses an event: {taken.rejects[0].message}")

    def _said(self, question: str, wanted: msgspec.Struct, kind: type[_T]) -> _T:
        return self.decoded(
            self.answer("POST", f"{PATH}/{question}", content=msgspec.json.encode(wanted)), kind
        )


class Directory(Reading):
    """A directory that this process has open: what it puts into the log it scores and stores as well."""

    def __init__(self, embedded: Embedded) -> None:
        super().__init__(embedded.database)
        self.embedded = embedded

    def put(self, kind: Kind, lines: Lines) -> None:  # noqa: ARG002 - each line says its own type
        self.embedded.ingest(lines)
        while self.embedded.score():
            pass
        self.embedded.sum_up()


class Production(Reading):
    """A ClickHouse server, and the brokers whose workers fill it.

    Parameters
    ----------
    log : of the brokers
    """

    def __init__(self, database: Database, log: LateLog) -> None:
        super().__init__(database)
        self._log = log

    def put(self, kind: Kind, lines: Lines) -> None:  # noqa: ARG002 - each line says its own type
        self._log.ingest(lines)


@contextmanager
def desk(data: Path, config: Config) -> Iterator[Desk]:
    """Open what the configuration says the data is in.

    Raises
    ------
    UnfinishedReplay : what waits in the log belongs to a file whose counts must stay exact
    """

    @contextmanager
    def directory() -> Iterator[Desk]:
        with Embedded(data, config, now) as embedded:
            if remembered(embedded.log) is not None:
                raise UnfinishedReplay(
                    f"a replay of a file was interrupted in {data}: run that fmwatch replay again first, "
                    "or start fmwatch up"
                )
            yield Directory(embedded)
            embedded.log.prune()

    with ExitStack() as held:

        def production(database: Database) -> Desk:
            return Production(database, held.enter_context(LateLog(config)))

        yield held.enter_context(
            reached(data, config, store=production, server=Server, directory=directory, patience_s=PATIENCE_S)
        )
