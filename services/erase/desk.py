"""Where somebody is erased: on a ClickHouse server, in a data directory, or by the server that runs on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from services.config import Config
from services.erase.directory import Desk, Directory
from services.erase.production import Production
from services.erase.remote import PATIENCE_S, Server
from services.reach import reached
from services.run import Embedded
from services.wall import now
from stream.errors import StreamError
from stream.feed import remembered


class UnfinishedReplay(StreamError):  # noqa: N818 - a state, read as a sentence
    """The log holds a part of a file that is still to be counted."""


def desk(data: Path, config_file: Path | None) -> AbstractContextManager[Desk]:
    """Open where the configuration says the data is: a ClickHouse server, else a data directory.

    Raises
    ------
    UnfinishedReplay : what waits in the directory's log belongs to a file whose counts must stay exact
    """
    config = Config.load(config_file)
    return reached(
        data,
        config,
        store=partial(Production, data),
        server=Server,
        directory=lambda: _directory(data, config),
        patience_s=PATIENCE_S,
    )


@contextmanager
def _directory(data: Path, config: Config) -> Iterator[Desk]:
    with Embedded(data, config, now) as embedded:
        if remembered(embedded.log) is not None:
            raise UnfinishedReplay(
                f"a replay of a file was interrupted in {data}: run that fmwatch replay again first, "
                "so that its counts stay exact, or start fmwatch up"
            )
        yield Directory(embedded)
