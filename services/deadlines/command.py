"""`fmwatch calendar`: from the options to a file."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import msgspec

from services.config import Config
from services.deadlines.calendar import calendar
from services.deadlines.deadline import Deadline
from services.deadlines.reading import Reading
from services.deadlines.routes import API, FEED
from services.reach import reached
from services.remote import Remote
from services.store_clock import store_clock
from services.whole_file import write
from services.wiring import addresses
from services.wording.words import plural
from store.database import Database


class _Answer(msgspec.Struct):
    deadlines: list[Deadline]


class Answers(Protocol):
    """What may be asked; raises StoreUnavailable where the same may be asked again later."""

    def deadlines(self, tenant: str) -> list[Deadline]:
        """Return what a calendar has now; of one tenant where it is named."""

    def calendar(self, tenant: str) -> bytes:
        """Return the calendar itself."""


class Store(Reading):
    """Answers from a store that this process has open."""

    def __init__(self, database: Database, config: Config) -> None:
        super().__init__(database, store_clock(database, config))
        self._at = addresses(config)

    def calendar(self, tenant: str) -> bytes:
        return calendar(self.deadlines(tenant), self._at, tenants=not tenant)


class Server(Remote):
    """Asks a server as if it were the directory; links lead to where that server's console is."""

    def deadlines(self, tenant: str) -> list[Deadline]:
        return self.decoded(self.answer("GET", API, params={"tenant": tenant}), _Answer).deadlines

    def calendar(self, tenant: str) -> bytes:
        return self.asked("GET", FEED, params={"tenant": tenant})


def show(data: Path, config_file: Path | None, tenant: str, out: Path | None, *, as_json: bool) -> None:
    """Write the calendar, or print it; and say how many days it has."""
    config = Config.load(config_file)
    with _answers(data, config) as source:
        found = source.deadlines(tenant)
        content = b"" if as_json else source.calendar(tenant)
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode({"deadlines": found}), indent=1).decode())
        sys.stdout.write("\n")
        return
    if out is None:
        sys.stdout.write(content.decode())
    else:
        write(out, content)
    sys.stderr.write(f"{_said(found)}{f'; {out} has them' if out and found else ''}\n")


def _answers(data: Path, config: Config) -> AbstractContextManager[Answers]:
    return reached(data, config, store=lambda database: Store(database, config), server=Server)


def _said(found: list[Deadline]) -> str:
    n = {state: sum(one.state == state for one in found) for state in ("announced", "promised", "gone")}
    if not found:
        return "no model in use has a known last day; days that nobody names are not guessed"
    gone = f", {n['gone']} called off" if n["gone"] else ""
    return f"{plural(n['announced'], 'announced end')}, {plural(n['promised'], 'promised day')}{gone}"
