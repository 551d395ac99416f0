"""`fmwatch moved`: asked of the running server, or read from the store."""

from __future__ import annotations

import json
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec

from services.config import Config
from services.moved.document import Document
from services.moved.reading import Reading
from services.moved.routes import PATH
from services.moved.told import listing
from services.reach import reached
from services.remote import Remote

PATIENCE_S = 300.0
Code = Literal[0, 1]


class Source(Protocol):
    """Who says which moves there are."""

    def moves(self, route: str, days: int) -> list[Document]:
        """Return the moves of the last days as documents."""


class _Moves(msgspec.Struct):
    moves: list[dict[str, Any]]


class Server(Remote):
    """Asks a server as if it were the store."""

    again = "ask again later"

    def moves(self, route: str, days: int) -> list[Document]:
        answer = self.answer("GET", PATH, params={"route": route, "days": str(days)})
        return list(self.decoded(answer, _Moves).moves)


def show(data: Path, config_file: Path | None, route: str, days: int, *, as_json: bool) -> Code:
    """Print the moves; 1 where one of them should be rolled back."""
    with _source(data, Config.load(config_file)) as source:
        found = source.moves(route, days)
    if as_json:
        sys.stdout.write(json.dumps({"moves": found}, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in listing(found, days))
    return 1 if any(one["advice"]["action"] == "roll back" for one in found) else 0


def _source(data: Path, config: Config) -> AbstractContextManager[Source]:
    return reached(
        data,
        config,
        store=lambda database: _asked(Reading(database, config)),
        server=lambda client: _asked(Server(client)),
        patience_s=PATIENCE_S,
    )


def _asked(source: Source) -> Source:
    """Return a source as no more than that."""
    return source
