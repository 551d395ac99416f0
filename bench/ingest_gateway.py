"""The gateway alone on a SQLite log, in a process of its own: python -m bench.ingest_gateway DIR PORT."""

from __future__ import annotations

import sys
from pathlib import Path

from starlette.applications import Starlette

from services.gateway.backlog import LineBacklog
from services.gateway.http import Gateway
from services.listening import answer, bound
from services.wall import now
from stream.border import Border
from stream.sqlite_log import SqliteLog

ROOM = 10_000_000  # lines: nobody takes them out here


def main() -> None:
    """Serve until it is told to end."""
    directory, port = Path(sys.argv[1]), int(sys.argv[2])
    with SqliteLog(directory) as log, bound("127.0.0.1", port) as door:
        gateway = Gateway(log, Border(), now, backlog=LineBacklog(log, now, most=ROOM))
        answer(Starlette(routes=gateway.routes()), door)


if __name__ == "__main__":
    main()
