"""The engine alone, reference known: delays beside a CUSUM that was told the truth, start and slice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from bench.intervals import bootstrap
from detectors.monitors.bets import odds_llr
from detectors.monitors.engine import MINUTES_PER_MONTH, Engine
from detectors.monitors.level import LevelMonitor
from detectors.monitors.localise import Counts, estimate
from detectors.monitors.question import Plan
from detectors.monitors.rate import RateMonitor
from detectors.monitors.slices import Group, ranked

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Row = dict[str, object]

EVENTS = 50_000.0  # between two false alarms
WARM = 5_000  # events without a change before it
NEVER = 10**7
GRID = 500
SEED = 7100  # tuning: 100
DIMENSIONS, SLICES = 4, 7
SHIFTS = ((0.02, 0.04), (0.02, 0.10), (0.10, 0.15))
LOG_SD = 0.9
LONGER_TAIL = 1.0 + math.log(1.3) / (LOG_SD * 1.6449)  # of the upper half, which moves the 95 % point by 30 %


def rows(full: bool) -> list[Row]:
    """Return delays of rates and levels."""
    streams = 4_000 if full else 400
    return [*(_rate_row(low, high, streams) for low, high in SHIFTS), *_level_rows(streams)]


def _rate_row(low: float, high: float, streams: int) -> Row:
    plan = RateMonitor().watch.desk.plan
    outcomes = odds_llr(np.ones(2), np.arange(2.0), np.full(2, low), plan.odds)
    weights = plan.weights("error")
    random = np.random.default_rng(SEED)
    limit = calibrated(low, high)
    steps = np.array([math.log((1 - high) / (1 - low)), math.log(high / low)])
    engine, cusum = _engine(weights, streams), np.zeros(streams)
    ours, theirs = np.full(streams, NEVER), np.full(streams, NEVER)
    false, its_false, event = 0, 0, 0
    while (ours == NEVER).any() or (theirs == NEVER).any():
        bad = (random.random(streams) < (low if event < WARM else high)).astype(np.int64)
        alarms = _step(engine, event, outcomes[bad])
        cusum = np.maximum(cusum + steps[bad], 0.0)
        crossed = np.flatnonzero(cusum >= limit)
        cusum[crossed] = 0.0
        event += 1
        if event <= WARM:
            false, its_false = false + len(alarms), its_false + len(crossed)
        else:
            ours[alarms] = np.minimum(ours[alarms], event - WARM)
            theirs[crossed] = np.minimum(theirs[crossed], event - WARM)
    interval = bootstrap(lambda drawn: float(ours[drawn].mean() / theirs[drawn].mean()), streams)
    return {
        "part": "engine",
        "case": f"{low:.0%} -> {high:.0%}",
        "mean_delay_events": round(float(ours.mean()), 1),
        "median_delay_events": float(np.median(ours)),
        "oracle_cusum_mean": round(float(theirs.mean()), 1),
        "ratio": round(float(ours.mean() / theirs.mean()), 3),
        "interval": _rounded(interval),
        "reach": "ratio <= 1.15",
        "false_per_50k": round(false / (streams * WARM / EVENTS), 2),
        "oracle_false_per_50k": round(its_false / (streams * WARM / EVENTS), 2),
        "n": streams,
        "seed": SEED,
    }


def calibrated(low: float, high: float) -> float:
    """Return the threshold at which a CUSUM for low -> high has 50,000 events between false alarms.

    The run length L of a start s solves L(s) = 1 + low L(s + up) + (1 - low) L(max(s - down, 0)), with
    L = 0 beyond the threshold: a linear system on a grid.
    """
    up, down = math.log(high / low), -math.log((1 - high) / (1 - low))
    lowest, highest = up, 20.0
    for _ in range(30):
        limit = (lowest + highest) / 2
        lowest, highest = (limit, highest) if _run_length(limit, low, up, down) < EVENTS else (lowest, limit)
    return highest


def _run_length(limit: float, low: float, up: float, down: float) -> float:
    grid = np.linspace(0.0, limit, GRID)
    system = np.eye(GRID)
    for at, chance in ((grid + up, low), (np.maximum(grid - down, 0.0), 1 - low)):
        place = at / limit * (GRID - 1)
        below = np.minimum(place.astype(np.int64), GRID - 2)
        inside = at < limit
        rows = np.arange(GRID)[inside]
        share = (place - below)[inside]
        np.add.at(system, (rows, below[inside]), -chance * (1 - share))
        np.add.at(system, (rows, below[inside] + 1), -chance * share)
    return float(np.linalg.solve(system, np.ones(GRID))[0])


def _level_rows(streams: int) -> list[Row]:
    plan = LevelMonitor().watch.desk.plan
    cases = (
        ("median +20 %", 600, math.log(1.2), 1.0),
        ("p95 +30 %, median same", 800, 0.0, LONGER_TAIL),
    )
    return [
        _level_row(_level_delays(plan, shift, stretch, streams), name, most)
        for name, most, shift, stretch in cases
    ]


def _level_delays(plan: Plan, shift: float, stretch: float, streams: int) -> Ints:
    """Return the events from cold to the alarm on lognormal values, moved and their upper half stretched."""
    quantiles = np.array([plan.questions[i].quantile or 0.0 for i in plan.of("latency")])
    cuts = np.exp(LOG_SD * np.array([NormalDist().inv_cdf(quantile) for quantile in quantiles]))
    bins = len(cuts) + 1
    above = np.tri(bins, bins, -1)[:, : len(cuts)]
    known = np.tile(1 - quantiles, (bins, 1))
    outcomes = plan.llr("latency", np.ones((bins, len(cuts))), above, known)
    engine, delay = _engine(plan.weights("latency"), streams), np.full(streams, NEVER)
    random, event = np.random.default_rng(SEED + 1), 0
    while (delay == NEVER).any():
        z = random.standard_normal(streams)
        value = np.exp(shift + LOG_SD * np.where(z > 0, stretch * z, z))
        alarms = _step(engine, event, outcomes[np.searchsorted(cuts, value)])
        event += 1
        delay[alarms] = np.minimum(delay[alarms], event)
    return delay


def _level_row(delay: Ints, name: str, most: int) -> Row:
    interval = bootstrap(lambda drawn: float(np.median(delay[drawn])), len(delay))
    return {
        "part": "engine",
        "case": name,
        "mean_delay_events": round(float(delay.mean()), 1),
        "median_delay_events": float(np.median(delay)),
        "interval": _rounded(interval),
        "reach": f"median <= {most}",
        "n": len(delay),
        "seed": SEED + 1,
    }


def start_rows(full: bool) -> list[Row]:
    """Return how well the start of 2 -> 10 % is told at the alarm, and which slice shifted."""
    return [_start_row(600 if full else 100), _slice_row(2_000 if full else 300)]


def _start_row(streams: int) -> Row:
    change = 2_000
    random = np.random.default_rng(SEED + 2)
    chance = np.where(np.arange(change + 3_000) < change, 0.02, 0.10)
    bad = (random.random((streams, len(chance))) < chance).astype(np.int64)
    since, alarm = _alarms(bad, change)
    errors, covered = [], []
    for one, first, last in zip(bad, since.tolist(), alarm.tolist(), strict=True):
        seen = np.arange(first, last + 1)
        flat = np.zeros(len(seen))
        found = estimate(Counts(seen, seen * 0, flat + 1.0, one[seen] * 1.0, flat + 0.02), first)
        errors.append(abs(found.began - change))
        covered.append(found.low <= change <= found.high)
    off, hit = np.array(errors), np.array(covered)
    return {
        "part": "since",
        "case": "start of 2% -> 10% at the alarm",
        "median_error_events": float(np.median(off)),
        "interval": _rounded(bootstrap(lambda drawn: float(np.median(off[drawn])), streams)),
        "covers": round(float(hit.mean()), 3),
        "covers_interval": _rounded(bootstrap(lambda drawn: float(hit[drawn].mean()), streams)),
        "reach": "median <= 25, covers >= .9",
        "n": streams,
        "seed": SEED + 2,
    }


def _alarms(bad: Ints, change: int) -> tuple[Ints, Ints]:
    """Return since when the evidence of each stream's first alarm after the change counts, and the alarm."""
    plan = RateMonitor().watch.desk.plan
    outcomes = odds_llr(np.ones(2), np.arange(2.0), np.full(2, 0.02), plan.odds)
    engine = _engine(plan.weights("error"), len(bad))
    since, alarm = np.zeros(len(bad), dtype=np.int64), np.full(len(bad), -1)
    for event in range(bad.shape[1]):
        found = _step(engine, event, outcomes[bad[:, event]])
        new = found[alarm[found] < 0]
        if event < change:
            since[new] = event + 1
        else:
            alarm[new] = event
        if (alarm >= 0).all():
            break
    return since, alarm


def _slice_row(trials: int, factor: float = 6.0, calls: int = 1_000) -> Row:
    """Make one slice worse; ask which of all of them, as ranked and by the raw rate."""
    random = np.random.default_rng(SEED + 3)
    found = np.array([_slice(random, factor, calls) for _ in range(trials)])
    hit = found[:, 0]
    return {
        "part": "since",
        "case": f"slice x{factor:.0f} of {DIMENSIONS * SLICES}, n = {calls:,}",
        "top_1": round(float(hit.mean()), 3),
        "interval": _rounded(bootstrap(lambda drawn: float(hit[drawn].mean()), trials)),
        "top_1_by_raw_rate": round(float(found[:, 1].mean()), 3),
        "reach": "top-1 >= .9",
        "n": trials,
        "seed": SEED + 3,
    }


def _slice(random: np.random.Generator, factor: float, calls: int) -> tuple[bool, bool]:
    """Return whether the slice that shifted was found, and whether the highest rate would have found it.

    A call lies in one slice of each dimension (cluster, language, prompt version, region); slices have
    unequal shares and rates, around 4 % in all.
    """
    share = random.dirichlet(np.full(SLICES, 3.0), DIMENSIONS)
    effect = np.exp(random.normal(0.0, 0.5, (DIMENSIONS, SLICES)))
    place = random.integers(DIMENSIONS), random.integers(SLICES)
    counts: list[Ints] = []
    for total, worse in ((10_000, 1.0), (calls, factor)):
        factors = effect.copy()
        factors[place] *= worse
        own = np.stack([random.choice(SLICES, total, p=chance) for chance in share])
        rate = 0.03 * np.prod([factors[d, own[d]] for d in range(DIMENSIONS)], axis=0)
        bad = random.random(total) < np.minimum(rate, 0.95)
        offset = own + SLICES * np.arange(DIMENSIONS)[:, None]
        counts += [
            np.bincount(calls_of.ravel(), minlength=DIMENSIONS * SLICES)
            for calls_of in (offset, offset[:, bad])
        ]
    groups = [
        Group(
            f"dimension {number // SLICES}",
            str(number % SLICES),
            int(n),
            int(worse_now),
            int(was),
            int(bad_was),
        )
        for number, (was, bad_was, n, worse_now) in enumerate(zip(*counts, strict=True))
    ]
    truth = groups[int(place[0]) * SLICES + int(place[1])]
    by_rate = max(groups, key=lambda group: group.bad / max(group.n, 1))
    return ranked(groups)[0][1] == truth, by_rate == truth


def _engine(weights: Floats, streams: int) -> Engine:
    """Return one row per stream; a minute stands for an event."""
    log_months = np.full(streams, math.log(EVENTS / MINUTES_PER_MONTH))
    return Engine(np.tile(weights, (streams, 1)), log_months, 0)


def _step(engine: Engine, event: int, llr: Floats) -> Ints:
    alarms = engine.update(event, np.arange(len(llr)), llr)
    if len(alarms):
        engine.reset(alarms, event + 1)
    return alarms


def _rounded(interval: Sequence[float]) -> list[float]:
    return [round(end, 3) for end in interval]
