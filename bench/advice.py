"""How often advice from labels is wrong, how sure it really is, and what it loses; others' ways beside.

Parts: `edge` (a candidate just worse than the margin allows, up to 2,000 pairs), `equal` and `clustered`
(coverage of all intervals shown on the way), `pooled` (routes of one kind), `mix` (regret over differences of
-6 to 8 points), `people` (real models, questions left out, and what is decided without labels), `price` (does
the priced experiment settle it).

Run: python -m bench.advice [--json] [--full] [PART...]. Needs RefChecker and RAGTruth (development data).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bench import advice_known, advice_made, advice_pooled
from bench.advice_known import OURS
from bench.advice_made import PAIRS
from bench.advice_people import Compared, ragtruth_pairs, refchecker
from bench.advice_tally import Row
from bench.reach import at_least, at_most, column
from bench.report import emit, options, required

SEED = 2026  # bounds and the sequence's tightest size were chosen on seeds 1 to 3
PARTS = ("edge", "equal", "clustered", "pooled", "mix", "people", "price")
_SHORT, _FULL = 1_500, 4_000


def main() -> None:
    """Measure and print."""
    chosen = options(__doc__ or "", PARTS)
    rows = measure(chosen.parts, _FULL if chosen.full else _SHORT, SEED)
    wanted = [row for row in rows if row["part"] == "edge"]
    emit(
        "advice",
        _worst(wanted, "looks"),
        "% false switches at the edge of the margin, worst case",
        n=sum(int(str(row["n"])) for row in wanted if row["method"] == "looks"),
        baseline=_worst(wanted, "95 % interval peeked") or None,
        rows=[*asked(rows), *({"seed": SEED} | dict(row) for row in rows)],
        as_json=chosen.json,
    )


def measure(parts: Sequence[str], times: int, seed: int) -> list[Row]:
    """Return the rows of these parts, each over so many imagined comparisons a case."""
    known = refchecker(required("traffic", "refchecker"))
    people: Sequence[Sequence[Compared]] = (
        known,
        ragtruth_pairs(required("hallucination", "ragtruth_qa", "dev.jsonl")),
    )
    measured: Mapping[str, Callable[[], list[Row]]] = {
        "edge": lambda: advice_made.edge(people, times, seed),
        "equal": lambda: advice_made.equal(times, seed),
        "clustered": lambda: advice_made.clustered(times, seed),
        "pooled": lambda: advice_pooled.pooling(known, times // 2, seed),
        "mix": lambda: advice_made.mix(people, times, seed),
        "people": lambda: [
            *advice_known.left_out(people, max(1, times // 100), seed),
            *advice_known.unlabelled(people, seed),
        ],
        "price": lambda: advice_made.priced(times // 2, seed),
    }
    return [row for part in parts for row in measured[part]()]


def asked(rows: Sequence[Row]) -> list[Row]:
    """Return what is asked of advice, with the worst case of each."""

    def found(name: str, part: str, *methods: str, **where: object) -> list[float]:
        return [one for way in methods for one in column(rows, name, part=part, method=way, **where)]

    both, whole = ("looks", "sequence"), {"pairs": PAIRS}
    return [
        *at_most("edge, five looks: false switch, %", found("false_switch", "edge", "looks"), 3),
        *at_most("edge, sequence: false switch, %", found("false_switch", "edge", "sequence"), 1.5),
        *at_least("equal models: all intervals hold, %", found("covered", "equal", *both), 94),
        *at_least("conversations: all intervals hold, %", found("covered", "clustered", *both), 93),
        *at_least("routes of a kind: intervals hold, %", found("covered", "pooled", "full Bayes"), 93),
        *at_most("mix, looks: regret, points", found("regret", "mix", "looks", **whole), 0.40),
        *at_most("mix, sequence: regret, points", found("regret", "mix", "sequence", **whole), 0.50),
        *at_most("switches without a label", found("switch", "unlabelled", OURS), 0),
        *at_most("real models: advice refuted, %", column(rows, "contradicted", part="left_out"), 2.5),
    ]


def _worst(rows: Sequence[Row], method: str) -> float:
    return max((float(str(row["false_switch"])) for row in rows if row["method"] == method), default=0.0)


if __name__ == "__main__":
    main()
