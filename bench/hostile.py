"""Send the gateway requests as an enemy writes them, and count the answers 5xx.

Counted as well: events of another tenant, anything half-stored.

python -m bench.hostile [--json] [--full]
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from starlette.applications import Starlette

from bench.report import emit, options
from services.access.door import TokenDoor
from services.access.token import digest
from services.access.tokens import Tokens
from services.gateway.hostile import hostile
from services.gateway.http import Gateway
from services.gateway.testing import OWN, TOKEN, Memory, ask, wrong
from stream.border import Border

SEED = 20_261_128
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
SHOWN = 20  # of what is wrong, on stderr


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "")
    logging.disable(logging.WARNING)  # of losses that the requests make up
    n = 100_000 if chosen.full else 10_000
    statuses, faults = asyncio.run(sent(n, SEED))
    for fault in faults[:SHOWN]:
        sys.stderr.write(f"{fault}\n")
    rows: list[dict[str, object]] = [
        {"status": status, "answers": count} for status, count in sorted(statuses.items())
    ]
    rows.append({"status": "wrong in any way", "answers": len(faults)})
    failures = sum(count for status, count in statuses.items() if not 200 <= status < 500)
    emit("hostile", failures, "answers 5xx", n=n, rows=rows, as_json=chosen.json)
    raise SystemExit(1 if faults else 0)


async def sent(n: int, seed: int) -> tuple[Counter[int], list[str]]:
    """Send `n` requests; return how often each status came, and what was wrong."""
    draw = Random(seed)  # noqa: S311 - dice, no secret
    statuses: Counter[int] = Counter()
    faults: list[str] = []
    with gateway() as (app, log):
        for number in range(n):
            asked = hostile(draw)
            answer = await ask(app, asked)
            statuses[answer.status] += 1
            if fault := wrong(asked, answer, log.taken()):
                faults.append(f"request {number}: {asked.method} {asked.path[:40]!r}: {fault}")
    return statuses, faults


@contextmanager
def gateway() -> Iterator[tuple[Starlette, Memory]]:
    """Make the gateway's application with a token of one tenant, and a log that keeps what it gets."""
    with tempfile.TemporaryDirectory(prefix="fmwatch-hostile-") as folder:
        file = Path(folder) / "tokens.yaml"
        file.write_text(f'{OWN}: {{ingest: ["{digest(TOKEN)}"]}}', encoding="utf-8")
        log = Memory()
        door = TokenDoor(Tokens(file, lambda: NOW))
        yield Starlette(routes=Gateway(log, Border(), lambda: NOW, entrance=door).routes()), log


if __name__ == "__main__":
    main()
