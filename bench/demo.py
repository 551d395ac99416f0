"""Run the demo on many seeds and count what was arranged, found, missed and false; and with nothing arranged.

Seed 1 once each; with --full seeds 1001 to 1005, and 1001 to 1010 without incidents.

python -m bench.demo [--json] [--full]
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.report import emit, options

FMWATCH = Path(sys.executable).with_name("fmwatch")
RESERVED = 1001  # the first of the seeds that are never used while building
AT_ONCE = 2

Row = dict[str, Any]


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "")
    first, arranged, quiet = (RESERVED, 5, 10) if chosen.full else (1, 1, 1)
    asked = [("all", first + n) for n in range(arranged)] + [("none", first + n) for n in range(quiet)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rows = list(pool.map(lambda one: _demo(*one), asked))
    rows += [_total("all", rows), _total("none", rows)]
    share = rows[-2]["found"] / rows[-2]["arranged"]
    emit(
        "demo",
        share,
        "share of arranged incidents found",
        n=rows[-2]["arranged"],
        rows=rows,
        as_json=chosen.json,
    )


def _demo(incidents: str, seed: int) -> Row:
    command = [str(FMWATCH), "demo", "--json", "--seed", str(seed), "--incidents", incidents]
    ran = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - our own command
    document = json.loads(ran.stdout)
    card = document["scorecard"]
    severity = {alert["id"]: alert["severity"] for alert in document["alerts"]}
    false = Counter(severity[alert] for alert in card["false_alerts"])
    sums = document["stored"] + document["duplicates"] + document["dead_letters"]
    return {
        "incidents": incidents,
        "seed": seed,
        "events": document["events"],
        "exact": document["events"] == sums,
        "arranged": card["arranged"],
        "found": card["found"],
        "false_pages": false["page"],
        "false_tickets": false["ticket"],
        "seconds": document["seconds"],
    }


def _total(incidents: str, rows: Sequence[Row]) -> Row:
    mine = [row for row in rows if row["incidents"] == incidents and row["seed"] != "all"]
    counted = ("events", "arranged", "found", "false_pages", "false_tickets", "seconds")
    return {
        "incidents": incidents,
        "seed": "all",
        "exact": all(row["exact"] for row in mine),
        **{name: sum(row[name] for row in mine) for name in counted},
    }


if __name__ == "__main__":
    main()
