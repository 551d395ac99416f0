"""How few false pages, how soon the true ones: the monitors against made-up traffic in the hardest weather.

    python -m bench.pages [--json] [--full] [PART...]

Parts: engine (delays at a known reference beside an oracle's CUSUM), since (start and slice), nulls (single
series in which nothing happens), fleet (two hundred of them at a page budget, and what others would have
paged), delay, thin, tickets (the whole recipe), cost (processor time of a minute).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bench import pages_cost, pages_delay, pages_engine, pages_null
from bench.report import emit, options

Row = dict[str, object]

PARTS: Mapping[str, Callable[[bool], Sequence[Row]]] = {
    "engine": pages_engine.rows,
    "since": pages_engine.start_rows,
    "cost": pages_cost.rows,
    "delay": pages_delay.delay_rows,
    "thin": pages_delay.thin_rows,
    "tickets": pages_delay.ticket_rows,
    "nulls": pages_null.hard_rows,
    "fleet": pages_null.fleet_rows,
}


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "", list(PARTS))
    rows = [row for part in chosen.parts for row in PARTS[part](chosen.full)]
    figure, baseline, months = _fleet(rows)
    emit(
        "pages",
        figure,
        "false pages a fleet-month at a budget of 4",
        n=months,
        baseline=baseline,
        rows=rows,
        as_json=chosen.json,
    )


def _fleet(rows: Sequence[Row]) -> tuple[float, float | None, int]:
    """Return our false pages, those of mean + 3 sd and how many fleet-months; zeros where not run."""
    by_case = {str(row["case"]): row for row in rows if row["part"] == "fleet"}
    if not by_case:
        return 0.0, None, 0
    ours, other = by_case["fmwatch, budget 4 a month"], by_case["hour above mean + 3 sd"]
    return float(str(ours["pages_a_month"])), float(str(other["pages_a_month"])), int(str(ours["n"]))


if __name__ == "__main__":
    main()
