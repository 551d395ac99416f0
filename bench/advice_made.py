"""The edge of the margin, the mix of differences, conversations: what each way to decide does there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bench.advice_draws import Draw, from_people, made
from bench.advice_people import Compared, Floats
from bench.advice_tally import Row, Tallies
from services.advisor.compare.decision import first_decision, usable_margin
from services.advisor.compare.estimate import estimate
from services.advisor.compare.looks import Experiment
from services.advisor.compare.settling import pairs_to_settle

MARGIN = 0.02
EDGE = 0.0001  # beyond the margin, so that switching is wrong
BAD_RATES = (0.01, 0.02, 0.05, 0.10, 0.20)
MIX = (-6, -3, 0, 1, 3, 5, 8)  # points
PAIRS = 2_000
_PILOT = 200
_SEASON = 30_000  # pairs that no route has in a month; above, undecidable
_EDGE_METHODS = ("looks", "sequence", "95 % interval peeked", "raw means", "detector only")


def edge(people: Sequence[Sequence[Compared]], times: int, seed: int) -> list[Row]:
    """Return how often each method switches to a candidate that is just too bad, up to 2,000 pairs."""
    random = np.random.default_rng(seed)
    rows: list[Row] = []
    for bad in BAD_RATES:
        for margin in sorted({MARGIN, usable_margin(MARGIN, bad)}):
            draws = (made(bad, margin + EDGE, PAIRS, margin, random) for _ in range(times))
            rows += Tallies(_EDGE_METHODS).run(draws).rows(part="edge", bad=bad, margin=margin)
    labelled = _of_people(people, (100 * (MARGIN + EDGE),), PAIRS, times, random)
    return rows + Tallies(_EDGE_METHODS).run(labelled).rows(part="edge", bad="people's labels", margin=MARGIN)


def mix(people: Sequence[Sequence[Compared]], times: int, seed: int) -> list[Row]:
    """Return errors, regret and coverage over people's labels, tilted to differences of the mix."""
    random = np.random.default_rng(seed)
    rows: list[Row] = []
    for pairs in (100, 400, PAIRS):
        rows += Tallies().run(_of_people(people, MIX, pairs, times, random)).rows(part="mix", pairs=pairs)
    return rows


def clustered(times: int, seed: int) -> list[Row]:
    """Return coverage where five requests share a conversation (correlation .3), with the blind baseline."""
    random = np.random.default_rng(seed)
    rows: list[Row] = []
    for bad, pairs in ((0.10, 400), (0.10, PAIRS), (0.03, PAIRS)):
        draws = (made(bad, 0.0, pairs, MARGIN, random, size=5, alike=0.3) for _ in range(times))
        ways = ("looks", "sequence", "PPI++ once", "95 % interval once")
        rows += Tallies(ways).run(draws).rows(part="clustered", bad=bad, pairs=pairs)
    return rows


def equal(times: int, seed: int) -> list[Row]:
    """Return coverage of all looks where both models are equally good, at each rate of bad answers."""
    random = np.random.default_rng(seed)
    rows: list[Row] = []
    for bad in BAD_RATES:
        draws = (made(bad, 0.0, PAIRS, MARGIN, random) for _ in range(times))
        ways = ("looks", "sequence", "95 % interval peeked")
        rows += Tallies(ways).run(draws).rows(part="equal", bad=bad)
    return rows


def priced(times: int, seed: int) -> list[Row]:
    """Return how often the priced experiment settles what 200 pairs left open; it promises 80 %."""
    random = np.random.default_rng(seed)
    asked = undecidable = settled = wrong = 0
    sizes: list[int] = []
    for _ in range(times):
        truth = random.normal(0.0, 0.05)
        bad = max(0.10, 0.01 - truth)
        pairs = made(bad, truth, _PILOT, MARGIN, random).pairs
        known = estimate(pairs)
        verdict, _ = first_decision(Experiment(_PILOT).intervals(pairs), MARGIN)
        if verdict != "abstain" or known is None:
            continue
        asked += 1
        needed = pairs_to_settle(known, MARGIN)
        if needed > _SEASON:
            undecidable += 1
            continue
        sizes.append(needed)
        fresh = Experiment(needed).intervals(made(bad, truth, needed, MARGIN, random).pairs)
        verdict, _ = first_decision(fresh, MARGIN)
        settled += verdict != "abstain"
        wrong += verdict == ("switch" if truth > MARGIN else "stay")
    return [
        {
            "part": "price",
            "abstained": asked,
            "undecidable": round(100 * undecidable / asked, 1),
            "pairs_median": int(np.median(sizes)),
            "settled": round(100 * settled / len(sizes), 1),
            "wrong": round(100 * wrong / len(sizes), 1),
        }
    ]


def _of_people(
    people: Sequence[Sequence[Compared]],
    points: Sequence[float],
    pairs: int,
    times: int,
    random: np.random.Generator,
) -> Iterator[Draw]:
    """Draw comparisons, every set of labels as often as the others and every difference as well."""
    tilted: list[list[list[tuple[Compared, Floats]]]] = [
        [
            [(one, weight) for one in group if (weight := one.tilted(point / 100)) is not None]
            for point in points
        ]
        for group in people
    ]
    for turn in range(times):
        choices = tilted[turn % len(people)][turn // len(people) % len(points)]
        compared, weight = choices[random.integers(len(choices))]
        yield from_people(compared, weight, pairs, MARGIN, random)
