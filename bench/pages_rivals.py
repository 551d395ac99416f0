"""What others would have paged on the same minutes: fixed thresholds, mean + 3 sd, ADWIN and more.

Each gets what our monitors get and no less: one observation per retry cluster, fourteen days of reference.
Each is counted generously: only on the finest series, and an alarm that goes on is one page.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Observations
from detectors.monitors.bets import LOWEST, RATE_ODDS, RATE_STAKES, odds_llr
from detectors.monitors.engine import Engine
from detectors.monitors.reference import clopper_pearson_upper

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SLOT_MINUTES = 5
SLOTS_A_DAY = 1440 // SLOT_MINUTES
SLOTS_AN_HOUR = 60 // SLOT_MINUTES
LEAST_CALLS = 20  # fewer in a window, and a fixed threshold says nothing
ADWIN_DELTA = 0.002  # river's default
PAGE_HINKLEY_DELTA, PAGE_HINKLEY_LIMIT = 0.005, 50.0  # river's defaults


@dataclass
class Counts:
    """Observations and bad ones of every leaf, question and five minutes.

    Attributes
    ----------
    n, bad : (leaves, questions, slots)
    reference : slots that are learnt from
    """

    n: Floats
    bad: Floats
    reference: int

    def hourly(self) -> Counts:
        """Return the same by the hour."""
        n, bad = (x.reshape(*x.shape[:2], -1, SLOTS_AN_HOUR).sum(axis=3) for x in (self.n, self.bad))
        return Counts(n, bad, self.reference // SLOTS_AN_HOUR)

    def before(self) -> tuple[Floats, Floats]:
        """Return observations and bad ones of the reference."""
        return self.n[..., : self.reference].sum(axis=2), self.bad[..., : self.reference].sum(axis=2)

    def after(self) -> tuple[Floats, Floats]:
        """Return the counts that are watched."""
        return self.n[..., self.reference :], self.bad[..., self.reference :]


def tabulate(observations: Observations, reference_days: int) -> Counts:
    """Count errors, unsupported and toxic answers, and latencies above the leaf's own 95 % point."""
    leaves = len(observations.leaves)
    slot = (observations.minute - observations.start) // SLOT_MINUTES
    slots = (observations.end - observations.start) // SLOT_MINUTES
    ok = observations.first & ~observations.error
    learnt = slot < reference_days * SLOTS_A_DAY
    cut = np.array(
        [
            np.quantile(observations.latency_ms[ok & learnt & (observations.leaf == leaf)], 0.95)
            for leaf in range(leaves)
        ]
    )
    asked = [
        (observations.first, observations.error),
        (ok & (observations.hallucinated >= 0), observations.hallucinated > 0),
        (ok & (observations.toxic_response >= 0), observations.toxic_response > 0),
        (ok, observations.latency_ms > cut[observations.leaf]),
    ]
    shape = (leaves, len(asked), slots)
    n, bad = np.zeros(shape), np.zeros(shape)
    place = observations.leaf.astype(np.int64) * slots + slot
    for question, (seen, is_bad) in enumerate(asked):
        n[:, question] = np.bincount(place[seen], minlength=leaves * slots).reshape(leaves, slots)
        bad[:, question] = np.bincount(place[seen & is_bad], minlength=leaves * slots).reshape(leaves, slots)
    return Counts(n, bad, reference_days * SLOTS_A_DAY)


def pages(counts: Counts, months: float) -> dict[str, int]:
    """Return the pages of each rival on these counts.

    Parameters
    ----------
    months : promised between two false alarms of one series and question, for the e-process
    """
    hourly = counts.hourly()
    return {
        "five minutes at twice the rate": threshold(counts),
        "hour above mean + 3 sd": mean_and_deviations(hourly),
        "ADWIN": adwin(hourly),
        "Page-Hinkley": page_hinkley(hourly),
        "e-process, flat reference": flat_e_process(hourly, months),
    }


def threshold(counts: Counts) -> int:
    """Count windows with twice the reference's rate."""
    (n_before, bad_before), (n, bad) = counts.before(), counts.after()
    rate = bad_before / np.maximum(n_before, 1.0)
    return _episodes((n >= LEAST_CALLS) & (bad > 2.0 * rate[..., None] * n))


def mean_and_deviations(counts: Counts) -> int:
    """Count windows above mean + 3 standard deviations of the reference's windows."""
    n, bad = counts.n, counts.bad
    rate = np.where(n >= LEAST_CALLS, bad / np.maximum(n, 1.0), np.nan)
    known = ~np.isnan(rate[..., : counts.reference])
    before = np.where(known, rate[..., : counts.reference], 0.0)
    windows = np.maximum(known.sum(axis=2), 1)
    mean = before.sum(axis=2) / windows
    spread = np.sqrt((np.where(known, before - mean[..., None], 0.0) ** 2).sum(axis=2) / windows)
    limit = np.where(known.sum(axis=2) >= LEAST_CALLS, mean + 3 * spread, np.inf)
    return _episodes(np.nan_to_num(rate[..., counts.reference :]) > limit[..., None])


def adwin(counts: Counts) -> int:
    """Count rises found by ADWIN, asked once an hour with cuts between hours.

    Two halves of the window differ by more than
    `sqrt(2/m * var * ln(2 ln(W) / delta)) + 2/(3m) * ln(2 ln(W) / delta)`, 1/m = 1/n0 + 1/n1: the older one
    is dropped. Falls shrink the window too and are no page. Bifet, Gavalda 2007 (ADWIN0, event-weighted).
    """
    n, bad = (np.concatenate([np.zeros((*x.shape[:2], 1)), x], axis=2) for x in (counts.n, counts.bad))
    n, bad = (x.reshape(-1, x.shape[2]).cumsum(axis=1) for x in (n, bad))
    begin, found = np.zeros(len(n), dtype=np.int64), 0
    for hour in range(2, n.shape[1]):
        low = int(begin.min())
        n1, bad1 = n[:, [hour]] - n[:, low:hour], bad[:, [hour]] - bad[:, low:hour]
        rows = np.arange(len(n))
        total, total_bad = n[:, hour] - n[rows, begin], bad[:, hour] - bad[rows, begin]
        n0, bad0 = total[:, None] - n1, total_bad[:, None] - bad1
        rate = total_bad / np.maximum(total, 1.0)
        nats = np.log(2.0 * np.log(np.maximum(total, 3.0)) / ADWIN_DELTA)[:, None]
        inverse = 1.0 / np.maximum(n0, 1e-9) + 1.0 / np.maximum(n1, 1e-9)
        reach = np.sqrt(2.0 * inverse * (rate * (1.0 - rate))[:, None] * nats) + 2.0 / 3.0 * inverse * nats
        rise = bad1 / np.maximum(n1, 1.0) - bad0 / np.maximum(n0, 1.0)
        cut = (np.abs(rise) > reach) & (n0 >= 5) & (n1 >= 5)
        cut &= np.arange(low, hour) > begin[:, None]
        some = cut.any(axis=1)
        last = hour - low - 1 - cut[:, ::-1].argmax(axis=1)
        if hour > counts.reference:
            found += int((some & (rise[rows, last] > 0)).sum())
        begin = np.where(some, low + last, begin)
    return found


def page_hinkley(counts: Counts) -> int:
    """Count rises found by Page-Hinkley, asked once an hour: `sum(x - mean - delta)` above its minimum."""
    n, bad = (x.reshape(-1, x.shape[2]) for x in (counts.n, counts.bad))
    seen, seen_bad, total, least = (np.zeros(len(n)) for _ in range(4))
    found = 0
    for hour in range(n.shape[1]):
        seen, seen_bad = seen + n[:, hour], seen_bad + bad[:, hour]
        total += bad[:, hour] - n[:, hour] * (seen_bad / np.maximum(seen, 1.0) + PAGE_HINKLEY_DELTA)
        least = np.minimum(least, total)
        alarm = total - least > PAGE_HINKLEY_LIMIT
        found += int(alarm.sum()) if hour >= counts.reference else 0
        for state in (seen, seen_bad, total, least):
            state[alarm] = 0.0
    return found


def flat_e_process(counts: Counts, months: float) -> int:
    """Count alarms of our own engine against one rate for all hours, its upper bound, without a margin."""
    (n_before, bad_before), (n, bad) = counts.before(), counts.after()
    pairs = zip(n_before.ravel(), bad_before.ravel(), strict=True)
    rate = np.array([max(clopper_pearson_upper(int(seen), wrong), LOWEST) for seen, wrong in pairs])
    rows = np.arange(len(rate))
    weights = np.tile(RATE_STAKES, (len(rate), 1))
    engine = Engine(weights, np.full(len(rate), np.log(months)), 0)
    n, bad = n.reshape(len(rate), -1), bad.reshape(len(rate), -1)
    before, found = np.zeros(len(rate), dtype=np.bool_), 0
    for hour in range(n.shape[1]):
        alarms = engine.update(hour * 60 + 59, rows, odds_llr(n[:, hour], bad[:, hour], rate, RATE_ODDS))
        now = np.isin(rows, alarms)
        found += int((now & ~before).sum())
        engine.reset(alarms, hour * 60 + 60)
        before = now
    return found


def _episodes(alarm: Flags) -> int:
    """Count runs of consecutive alarms."""
    return int((alarm[..., 1:] & ~alarm[..., :-1]).sum() + alarm[..., 0].sum())
