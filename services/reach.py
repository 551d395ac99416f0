"""Where a command finds what it asks about: a ClickHouse server, a data directory, or who runs on that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

import httpx2

from services.config import Config
from services.running import answering, present
from services.wiring import opened
from store.database import Database

_T = TypeVar("_T")


@contextmanager
def reached(
    data: Path,
    config: Config,
    *,
    store: Callable[[Database], _T],
    server: Callable[[httpx2.Client], _T],
    directory: Callable[[], AbstractContextManager[_T]] | None = None,
    patience_s: float = 30.0,
) -> Iterator[_T]:
    """Open what answers where the configuration says the data is.

    Parameters
    ----------
    store : made of an open store, on a ClickHouse server or in a directory that nobody else has open
    server : made of a client of the server that runs on the directory
    directory : opens the directory where its store alone is not enough
    patience_s : how long that server may take for an answer

    Raises
    ------
    StoreError : there is no such directory
    """
    if config.store.clickhouse:
        with opened(config) as database:
            yield store(database)
        return
    with answering(data, patience_s) as client:
        if client is not None:
            yield server(client)
            return
    present(data)
    if directory is not None:
        with directory() as found:
            yield found
        return
    with Database.open(data) as database:
        yield store(database)
