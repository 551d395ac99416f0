"""The one JSON document every bench prints, and the folder of develop-only data."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.machine import describe

DATA_VARIABLE = "FMWATCH_DEV_DATA"


def options(about: str, parts: Sequence[str] = ()) -> argparse.Namespace:
    """Return the switches all benches share: `--json` for scripts, `--full` for the issue's figure.

    Parameters
    ----------
    parts : of a bench that can be run in parts; those named are in `parts`, all where none is
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    parser.add_argument("--full", action="store_true", help="the whole measurement, not the short one")
    if parts:
        parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts))
    chosen = parser.parse_args()
    if parts:
        unknown = set(chosen.parts) - set(parts)
        if unknown:
            parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
        chosen.parts = chosen.parts or list(parts)
    return chosen


def development_data(*parts: str) -> Path | None:
    """Return a path of the develop-only data, or None where this machine has none."""
    folder = os.environ.get(DATA_VARIABLE)
    path = Path(folder, *parts) if folder else None
    return path if path and path.exists() else None


def required(*parts: str) -> Path:
    """Return a path of the develop-only data; leave with the remedy where there is none."""
    path = development_data(*parts)
    if path is None:
        sys.stderr.write(f"This bench reads {'/'.join(parts)}: set {DATA_VARIABLE} to the data folder.\n")
        raise SystemExit(3)
    return path


def emit(
    name: str,
    figure: float,
    unit: str,
    *,
    n: int,
    baseline: float | None = None,
    rows: Sequence[Mapping[str, object]] = (),
    as_json: bool = True,
) -> None:
    """Print one bench's document.

    Parameters
    ----------
    figure, unit : what the bench is about, e.g. 1830.0 "events/cpu-s"
    n : how many events, texts or pairs it rests on
    baseline : the trivial competitor, measured in the same run; None where there is none
    rows : the table behind the figure, one mapping of column to value per row
    as_json : a JSON document on one line; else a small table for people
    """
    document = {
        "name": name,
        "figure": figure,
        "unit": unit,
        "baseline": baseline,
        "ratio": None if not baseline else figure / baseline,
        "n": n,
        "machine": describe(),
        "rows": list(rows),
    }
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n" if as_json else _table(document))


def _table(document: Mapping[str, object]) -> str:
    head = f"{document['name']}: {_cell(document['figure'])} {document['unit']} (n = {document['n']}"
    head += f", baseline {_cell(document['baseline'])})\n" if document["baseline"] is not None else ")\n"
    rows = document["rows"]
    assert isinstance(rows, list)
    return head + "".join("  " + "  ".join(f"{k}={_cell(v)}" for k, v in row.items()) + "\n" for row in rows)


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
