"""Measure how fast the console's questions and a dashboard's are answered over a month of a large fleet.

Every view is asked on the embedded engine, with the two threads and the memory that the console has there,
each time about another route or call. `cold` is the first time; the others are of the times that follow. The
figure is the slowest question's 95th percentile. The baseline is what no view does: a month of each model,
computed from the calls themselves (measured on those stored, scaled to as many as the sums count).

python -m bench.query [--json] [--full]    (2 million minutes, 200,000 calls; --full: 21.6 and 2 million)
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.query_questions import Question, questions
from bench.query_rows import fill
from bench.report import emit, options
from store.database import Database, Parameters

TIMES = 25

_FROM_CALLS = """
    SELECT request_model, count() AS n, countIf(outcome = 'error') AS errors, sum(cost_pusd) AS pusd,
        quantileExact(0.95)(latency_ms) AS p95
    FROM generations FINAL GROUP BY request_model
"""
_STORED = "SELECT count() AS minutes, sum(n) AS calls FROM minutes FINAL"


class Asked(Database):
    """A store that remembers what it was asked."""

    asked: tuple[tuple[str, Parameters | None], ...] = ()

    def query(
        self, sql: str, parameters: Parameters | None = None, *, binary: Sequence[str] = ()
    ) -> dict[str, list[Any]]:
        """Return the answer as columns by name."""
        self.asked = (*self.asked, (sql, parameters))
        return super().query(sql, parameters, binary=binary)

    def rows_read(self, ask: Callable[[], object]) -> int:
        """Return how many rows the engine means to read for this."""
        before = len(self.asked)
        ask()
        plans = [self.query(f"EXPLAIN ESTIMATE {sql}", bound) for sql, bound in self.asked[before:]]
        return sum(sum(plan.get("rows", [])) for plan in plans)


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "")
    series, facts = (500, 2_000_000) if chosen.full else (50, 200_000)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, Asked.open(Path(folder)) as store:
        month = fill(store, series, facts)
        rows = [_measured(store, question) for question in questions(store, month)]
        stored = store.rows(_STORED)[0]
        began = time.perf_counter()
        store.query(_FROM_CALLS)
        from_calls = (time.perf_counter() - began) * stored["calls"] / month.facts
        emit(
            "query",
            max(row["p95_s"] for row in rows),
            "s, the 95th percentile of the slowest question",
            n=stored["minutes"],
            baseline=from_calls,
            rows=rows,
            as_json=chosen.json,
        )


def _measured(store: Asked, question: Question) -> dict[str, Any]:
    sys.stderr.write(f"{question.name} ...\n")
    walls, busy = [], []
    for turn in range(TIMES):
        began, used = time.perf_counter(), time.process_time()
        question.ask(turn)
        walls.append(time.perf_counter() - began)
        busy.append(time.process_time() - used)
    return {
        "view": " ".join(question.views),
        "asked_by": question.who,
        "question": question.name,
        "cold_s": walls[0],
        "p50_s": float(np.median(walls[1:])),
        "p95_s": float(np.percentile(walls[1:], 95)),
        "cpu_p50_s": float(np.median(busy[1:])),
        "rows_read": store.rows_read(lambda: question.ask(0)),
    }


if __name__ == "__main__":
    main()
