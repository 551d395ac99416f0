"""`fmwatch erase`: ask, erase, and hand out the receipt."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from services.erase.desk import desk
from services.erase.receipt import Document
from services.wording.words import one_line
from store.subject import Subject


def run(
    data: Path,
    config_file: Path | None,
    subject: Subject,
    *,
    dry_run: bool,
    as_json: bool,
    sure: Callable[[str], object],
) -> int:
    """Erase somebody; return 1 where something of it is still there.

    Parameters
    ----------
    sure : given what would go, returns when it may; raises where it may not
    """
    with desk(data, config_file) as opened:
        found = opened.dry_run(subject)
        if not dry_run:
            sure("\n".join(_would(found)))
            found = opened.erase(subject)
    if as_json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    else:
        lines = _would(found) if dry_run else _done(found)
        sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0 if dry_run or found["complete"] else 1


def _would(document: Document) -> Iterator[str]:
    rows = {table: n for table, n in document["rows"].items() if n}
    yield "Would be removed:" if rows else "Nothing is stored of it."
    for table, n in rows.items():
        yield f"  {n:>12,} {table}"


def _done(document: Document) -> Iterator[str]:
    rows = {table: n for table, n in document["rows"].items() if n}
    yield f"Erased as of {one_line(document['at'])}. Rows removed or rewritten:"
    for table, n in rows.items():
        yield f"  {n:>12,} {table}"
    lines = sum((document["log_lines"] or {}).values())
    if lines:
        yield f"  {lines:>12,} lines of the log"
    left = {name: n for name, n in document["left"].items() if n}
    yield "Nothing of it is left." if not left else f"Still there: {left}. Erase again later."
    for topic, until in document["kept_until"].items():
        yield f"  Kafka keeps what it has in {topic} until {one_line(until)}; it is not stored again."
    yield "Not reached: " + "; ".join(document["not_reached"]) + "."
    yield "What comes back of the time before is not stored. --json prints the receipt to keep."
