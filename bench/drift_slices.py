"""Which slice a change is said to sit in: planted in one of four dimensions, or everywhere.

Rates: 1,000 calls since the start beside 10,000 before it, each in one of seven slices of each dimension,
with shares and rates as unequal as they come. Texts: CLINC150 through the drift monitor, six values a
dimension; half of the texts of one slice, which is three in ten, come from a domain that is unseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.drift_texts import LEAF, Case, Run, domains, draw
from detectors.monitors.base import Observations
from detectors.monitors.drift import DriftMonitor
from detectors.monitors.slices import Group, concentrated, ranked
from detectors.monitors.values import BY

SEED = 3_000
SLICES, VALUES = 7, 6
BEFORE, CALLS = 10_000, 1_000
SHARE, UNSEEN = 0.3, 0.15
DIMENSIONS = ("cluster", "language", "prompt version", "region")

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Rise:
    """What happens at the start.

    Attributes
    ----------
    times : as many bad calls, in the planted slice or everywhere
    on_top : share of all calls that turn bad
    planted : number of the dimension, None: everywhere
    mix : whether the shares of slices change
    wander : sd of the logarithm of what the rate of every slice does by itself
    """

    words: str
    times: float = 1.0
    on_top: float = 0.0
    planted: int | None = None
    mix: bool = False
    wander: float = 0.0


PLANTED = tuple(
    Rise(f"x{times:.0f} in one {by}", times, planted=at)
    for times in (6.0, 3.0)
    for at, by in enumerate(DIMENSIONS)
)
EVERYWHERE = (
    Rise("nothing has happened"),
    Rise("nothing, slices wander", wander=0.2),
    Rise("x1.5 everywhere", 1.5),
    Rise("x3 everywhere", 3.0),
    Rise("x3 everywhere, slices wander", 3.0, wander=0.2),
    Rise("a tenth on top everywhere", on_top=0.1),
    Rise("other shares of the slices", mix=True),
)


def rows(*, full: bool) -> Iterator[Row]:
    """Yield a row for each rise of rates and each move of texts."""
    for case in (*PLANTED, *EVERYWHERE):
        yield _rates(case, 2_000 if full else 200)
    for planted in (0, 1, 2, 3, None):
        yield _texts(planted, 40 if full else 4)


def _rates(case: Rise, trials: int) -> Row:
    chance = np.random.default_rng([SEED, (*PLANTED, *EVERYWHERE).index(case)])
    said: Counter[str] = Counter()
    for _ in range(trials):
        groups, truth = _fleet(case, chance)
        named = concentrated(groups)
        said["right" if named == truth else "wrong"] += named is not None
        said["first"] += truth is not None and ranked(groups)[0][1] == truth
    found: Row = {"set": f"slice of rates: {case.words}", "n": trials}
    found |= {"named_wrong": said["wrong"] / trials}
    if case.planted is not None:
        found |= {"named_right": said["right"] / trials, "ranked_first": said["first"] / trials}
    return found


def _fleet(case: Rise, chance: np.random.Generator) -> tuple[list[Group], Group | None]:
    """Return every slice's counts, and the one that is worse."""
    size = (len(DIMENSIONS), SLICES)
    shares = [chance.dirichlet(np.full(SLICES, 3.0), len(DIMENSIONS)) for _ in range(2)]
    effect = np.exp(chance.normal(0.0, 0.5, size))
    now = effect * np.exp(chance.normal(0.0, case.wander, size))
    where = None if case.planted is None else (case.planted, int(chance.integers(SLICES)))
    if where is not None:
        now[where] *= case.times
    base = 0.03 * (1.0 if where is not None else case.times)
    before = _counts(chance, BEFORE, shares[0], 0.03, effect)
    after = _counts(chance, CALLS, shares[int(case.mix)], base, now, on_top=case.on_top)
    groups = [
        Group(by, str(value), *(int(part[at, value]) for part in (*after, *before)))
        for at, by in enumerate(DIMENSIONS)
        for value in range(SLICES)
    ]
    return groups, None if where is None else groups[where[0] * SLICES + where[1]]


def _counts(
    chance: np.random.Generator, n: int, shares: Floats, base: float, effect: Floats, *, on_top: float = 0.0
) -> tuple[Ints, Ints]:
    """Return calls and bad ones of each slice, (dimensions, slices)."""
    own = np.stack([chance.choice(SLICES, n, p=share) for share in shares])
    rate = base * np.prod([effect[at, own[at]] for at in range(len(DIMENSIONS))], axis=0)
    rate = np.minimum(rate, 0.95)
    bad = chance.random(n) < rate + on_top * (1 - rate)
    kinds = own + SLICES * np.arange(len(DIMENSIONS))[:, None]
    counts = [np.bincount(part.ravel(), minlength=shares.size) for part in (kinds, kinds[:, bad])]
    calls, wrong = (part.reshape(shares.shape) for part in counts)
    return calls, wrong


def _texts(planted: int | None, times: int) -> Row:
    said: Counter[str] = Counter()
    for number in range(times):
        run = draw(Case("", unseen=UNSEEN), SEED + number, number % len(domains()))
        raised = DriftMonitor().update(_sliced(run, planted, SEED + number))
        late = next((one for one in raised if one.minute >= run.minute[run.changed]), None)
        if late is not None:
            said["found"] += 1
            name = late.facts.get("slice", "")
            said["none" if not name else "right" if name == _name(planted) else "wrong"] += 1
    where = "everywhere" if planted is None else f"in one {BY[planted]}"
    found: Row = {"set": f"slice of texts: {where}", "n": said["found"]}
    found |= {"named_wrong": said["wrong"] / max(said["found"], 1)}
    return found if planted is None else found | {"named_right": said["right"] / max(said["found"], 1)}


def _sliced(run: Run, planted: int | None, seed: int) -> Observations:
    """Return a run whose texts have a value in each dimension; all unseen ones have the planted value."""
    chance, n = np.random.default_rng(seed), len(run.minute)
    codes = chance.integers(0, VALUES, (len(BY), n))
    if planted is not None:
        changed = np.arange(n) >= run.changed
        share = np.where(changed, (SHARE - UNSEEN) / (1 - UNSEEN), SHARE)
        struck = run.unseen | (chance.random(n) < share)
        codes[planted] = np.where(struck, 0, chance.integers(1, VALUES, n))
    model, language, prompt_version, region = codes.astype(np.int32)
    names = [f"v{value}" for value in range(VALUES)]
    return replace(
        run.observations(),
        leaf=model,
        leaves=[replace(LEAF, model=name) for name in names],
        teams=[""] * VALUES,
        language=language,
        languages=names,
        prompt_version=prompt_version,
        prompt_versions=names,
        region=region,
        regions=names,
    )


def _name(planted: int | None) -> str:
    if planted is None:
        return ""
    return f"{BY[planted]} {f'{LEAF.platform}/' if BY[planted] == 'model' else ''}v0"
