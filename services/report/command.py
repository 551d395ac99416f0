"""`fmwatch report`: a comparison or a week, as a file or on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Literal, Protocol

import msgspec
from rich.console import Console

from services.config import Config
from services.digest.gather import Gather as Digests
from services.reach import reached
from services.remote import Remote, refusal
from services.report import fleet_week, told
from services.report.comparison import Comparison
from services.report.errors import ReportError
from services.report.fleet_week import FleetWeek, FleetWeeks
from services.report.gather import Gather
from services.report.paper import Paper, Report
from services.report.routes import API, SAMPLE, WEEK
from services.report.second_look import MOST_ROWS, NoSecondLook, Told, installed, look
from services.report.windows import Asked
from services.store_clock import store_clock
from services.wording.words import one_line
from store.compared import Compared
from store.database import Database

Code = Literal[0, 1]

PATIENCE_S = 300.0


class Answers(Protocol):
    """What may be asked; may block, and raises StoreUnavailable for another time."""

    def comparison(self, asked: Asked) -> Comparison:
        """Return what two windows have apart; raises ReportError, Unclear."""

    def sample(self, calls: Compared, most: int) -> bytes:
        """Return single calls of both windows, without content, as a Parquet file."""

    def week(self, named: str = "", tenant: str = "") -> FleetWeek:
        """Return a week; raises ValueError for one that is none."""


class Directory:
    """Answers from a store."""

    def __init__(self, database: Database, config: Config) -> None:
        clock = store_clock(database, config)
        self._gather = Gather(database, config.zone, clock)
        self.comparison, self.sample = self._gather.comparison, self._gather.sample
        self.week = FleetWeeks(Digests(database, config.zone, clock)).week


class Server(Remote):
    """Asks a server as if it were the directory."""

    def comparison(self, asked: Asked) -> Comparison:
        given = {name: value for name, value in msgspec.to_builtins(asked).items() if value}
        answer = self.answer("GET", API, params=given)
        if answer.status_code == 400:  # noqa: PLR2004 - HTTP's number
            raise ReportError(refusal(answer))
        return self.decoded(answer, Comparison)

    def sample(self, calls: Compared, most: int) -> bytes:  # noqa: ARG002 - the server has its own limit
        return self.asked("GET", SAMPLE, params={"calls": msgspec.json.encode(calls).decode()})

    def week(self, named: str = "", tenant: str = "") -> FleetWeek:
        answer = self.answer("GET", WEEK, params={"week": named, "tenant": tenant})
        if answer.status_code == 400:  # noqa: PLR2004 - HTTP's number
            raise ValueError(refusal(answer))
        return self.decoded(answer, FleetWeek)


def compare(data: Path, config_file: Path | None, asked: Asked, paper: Paper, *, evidently: bool) -> Code:
    """Write what two windows have apart; 1 where Evidently is there and failed.

    Parameters
    ----------
    evidently : whether it takes a second look
    """
    with _answers(data, config_file) as source, _progress() as heard:
        heard("reading both windows")
        found = source.comparison(asked)
        sample = b""
        if evidently and installed() and found.before_n:
            heard("drawing calls")
            sample = source.sample(found.calls, MOST_ROWS)
    with _progress() as heard:
        found, html = _second(found, sample, heard, evidently=evidently)
    if found.unseen:
        sys.stderr.write(f"no second look: {one_line(found.unseen)}\n")
    paper.take(Report("fmwatch-report", told.blocks(found), found, found.made_at, html))
    return 1 if sample and found.unseen else 0


def week(data: Path, config_file: Path | None, named: str, tenant: str, paper: Paper) -> None:
    """Write a week for managers; raises ReportError where it is none."""
    try:
        with _answers(data, config_file) as source:
            found = source.week(named, tenant)
    except ValueError as error:
        raise ReportError(f"--week: {error}; or a day of it, such as 2026-11-18") from error
    digest = found.digest
    paper.take(Report(f"fmwatch-{digest.week}", fleet_week.blocks(found), found, digest.made_at))


def _second(found: Comparison, sample: bytes, heard: Told, *, evidently: bool) -> tuple[Comparison, str]:
    """Return a comparison with Evidently's findings, or with the reason why there are none."""
    if not evidently:
        return found, ""
    if not found.before_n:
        return msgspec.structs.replace(found, unseen="there is nothing to compare with"), ""
    try:
        second_look, html = look(sample, heard)
    except NoSecondLook as error:
        return msgspec.structs.replace(found, unseen=str(error)), ""
    return msgspec.structs.replace(found, second_look=second_look), html


def _answers(data: Path, config_file: Path | None) -> AbstractContextManager[Answers]:
    config = Config.load(config_file)
    return reached(
        data,
        config,
        store=lambda database: _asked(Directory(database, config)),
        server=lambda client: _asked(Server(client)),
        patience_s=PATIENCE_S,
    )


def _asked(source: Answers) -> Answers:
    """Return a source as no more than that."""
    return source


@contextmanager
def _progress() -> Iterator[Told]:
    """Show on a terminal what is done."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status("") as status:
        yield lambda stage: status.update(f"{stage} …")
