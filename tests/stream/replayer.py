"""Replays a file as a command does; it may be killed anywhere.

python -m tests.stream.replayer DIRECTORY FILE: prints a line when it begins and one after each round, and
in the end the counts, as JSON.
"""

import json
import sys
from pathlib import Path

from store.database import Database
from stream.sources import opened
from tests.stream.fakes import replay

LINES = 60  # of a round: many places to be killed at


def _tell_round(*_: int) -> None:
    print("round", flush=True)  # noqa: T201 - a script


def main() -> None:
    """Run as the module's docstring says."""
    directory, file = Path(sys.argv[1]), Path(sys.argv[2])
    with Database.open(directory / "store") as database:
        running = replay(directory / "log", database, _tell_round, LINES)
        print("begun", flush=True)  # noqa: T201 - same
        counts = running.run(opened([file], directory))
        running.done()
        running.log.close()
        numbers = [counts.events, counts.stored, counts.duplicates, counts.dead_letter_reasons]
        print(json.dumps(numbers), flush=True)  # noqa: T201 - same


if __name__ == "__main__":
    main()
