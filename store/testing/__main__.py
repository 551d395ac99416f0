"""python -m store.testing --data DIR [--port N]: serve a store to several processes; for tests only."""

from __future__ import annotations

import sys
import threading
from argparse import ArgumentParser
from contextlib import closing, suppress
from pathlib import Path

from store.connect import NAME
from store.errors import StoreInUse
from store.lock import DirectoryLock
from store.testing.engine import Engine
from store.testing.server import StoreServer

_LOOK_S = 0.05  # between two looks whether it is time to end


def main() -> None:
    """Serve until interrupted, or until standard input ends where that is asked for."""
    parser = ArgumentParser(
        prog="python -m store.testing", description="a ClickHouse for tests, without users"
    )
    parser.add_argument("--data", type=Path, required=True, help="directory of the store; made if absent")
    parser.add_argument("--port", type=int, default=0, help="on the loopback; any free one by default")
    parser.add_argument("--config", type=Path, help="of the engine: its users and what they may do")
    parser.add_argument("--until-eof", action="store_true", help="end with standard input, as a test wants")
    given = parser.parse_args()
    try:
        lock = DirectoryLock(given.data)
    except StoreInUse as error:
        sys.exit(str(error))
    with closing(Engine(given.data, given.config)) as engine, StoreServer(engine, given.port) as server:
        threading.Thread(target=server.serve_forever, args=(_LOOK_S,), daemon=True).start()
        sys.stdout.write(f"http://127.0.0.1:{server.server_port}/{NAME}\n")
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            if given.until_eof:
                sys.stdin.read()
            else:
                threading.Event().wait()
        server.shutdown()
    lock.release()


if __name__ == "__main__":
    main()
