"""Measure embedding drift on real questions, and what the level monitor makes of real requests in order.

CLINC150 as the prompts of one route: 10,000 texts of nine domains in two weeks, then 1,000 more, then 4,000
of a case, all through `DriftMonitor`. Delays are counted in texts from the change to the signal. Beside it,
on the same streams, the distance of a window's mean and PSI, each with the threshold that a tenth of quiet
runs pass. Cases that are no drift give the share of runs that alarm within the 5,000 texts after the
reference. Signals are also asked for what they call spelling, by how many texts they miss the start, and how
often their interval of it holds the change. Then which slice they name, as bench/drift_slices.py says, and an
hour of Azure's requests, as bench/drift_traces.py says. The monitor was built on other seeds.

python -m bench.drift [--json] [--full]
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bench import drift_slices, drift_traces
from bench.drift_baselines import BASELINES, Baseline
from bench.drift_texts import PER_DAY, Case, Run, domains, draw, joined, pieces, shouted, typos
from bench.report import emit, options
from detectors.monitors.base import Signal, SignalName
from detectors.monitors.drift import DriftMonitor
from detectors.monitors.page_budget import Months, page_budget

SEED = 2_000
CALIBRATION = 5_000  # seeds of the runs that give the baselines their thresholds
EVENTS = 50_000  # texts between false alarms, for comparison with other methods
NEVER = 10**9

TOPICS = tuple(Case(f"{share:.0%} from an unseen topic", unseen=share) for share in (0.25, 0.1, 0.05))
QUIET = (
    Case("nothing happens"),
    Case("topics have their hours", rhythm=True),
    Case("ten texts repeated fifty times", retries=10),
)
SPELLING = (
    Case("a typing error in 5 % of texts", spell=typos(1), share=0.05),
    Case("two in 30 %", spell=typos(2), share=0.3),
    Case("two in every text", spell=typos(2)),
    Case("every other blank lost", spell=joined),
    Case("words cut in pieces", spell=pieces),
    Case("capitals only", spell=shouted),
)


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one run.

    Attributes
    ----------
    delay : texts from the change to the first signal after it
    alarms : whether there was any signal at all
    what : the first signal says moved
    missed_by : texts between the start that it names and the change
    covered : whether its interval of the start holds the change
    """

    delay: int | None
    alarms: bool
    what: str = ""
    missed_by: int = 0
    covered: bool = False


def shipped(signal: SignalName, series: int) -> float:
    """Return the months between false signals as shipped."""
    return page_budget()(signal, series)


def fifty_thousand(_: SignalName, __: int) -> float:
    """Return the months in which 50,000 texts come."""
    return EVENTS / PER_DAY / 30.0


def watched(run: Run, months: Months) -> Found:
    """Return what the product's monitor says of a run."""
    signals = [one for one in DriftMonitor(months).update(run.observations()) if one.state == "raised"]
    late = next((one for one in signals if one.minute >= run.minute[run.changed]), None)
    if late is None:
        return Found(None, bool(signals))
    changed = run.minute[run.changed]
    between = (run.minute >= min(late.began, changed)) & (run.minute < max(late.began, changed))
    covered = bool(late.began_low <= changed <= late.began_high)
    return Found(
        _texts(run, late),
        alarms=True,
        what=late.facts["what"],
        missed_by=int(between[run.first].sum()),
        covered=covered,
    )


def _texts(run: Run, signal: Signal) -> int:
    """Return how many texts of the case had come by the end of the signal's minute, retries once."""
    live = run.first & (run.minute <= signal.minute)
    return int(live[run.changed :].sum())


def runs(case: Case, times: int, seed: int = SEED) -> Iterator[Run]:
    """Yield streams, each with another domain that is unseen."""
    for number in range(times):
        yield draw(case, seed + number, number % len(domains()))


def measured(case: Case, times: int, baselines: Sequence[Baseline]) -> dict[str, object]:
    """Return the row of a case."""
    streams = list(runs(case, times))
    by = {"shipped": shipped, "50000": fifty_thousand}
    found = {name: [watched(run, months) for run in streams] for name, months in by.items()}
    row: dict[str, object] = {"set": case.words, "n": times}
    for name, results in found.items():
        late = [one for one in results if one.delay is not None]
        row |= {f"{name}_delay": _median([one.delay for one in results])}
        row |= {f"{name}_alarming": sum(one.alarms for one in results) / times}
        if late and (case.unseen or case.spell):
            row |= {f"{name}_spelling": sum(one.what == "spelling" for one in late) / len(late)}
            row |= {f"{name}_start_missed_by": statistics.median(one.missed_by for one in late)}
            row |= {f"{name}_start_covered": sum(one.covered for one in late) / len(late)}
    for baseline in baselines:
        row[f"{baseline.words}_delay"] = _median([baseline.delay(run) for run in streams])
        row[f"{baseline.words}_alarming"] = sum(baseline.alarms(run) for run in streams) / times
    return row


def _median(delays: Sequence[int | None]) -> int | None:
    """Return the median delay, None where half of the runs or more found nothing."""
    middle = statistics.median_high([NEVER if delay is None else delay for delay in delays])
    return middle if middle < NEVER else None


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "")
    times = 40 if chosen.full else 10
    quiet = list(runs(replace(QUIET[0]), 60 if chosen.full else 20, CALIBRATION))
    baselines = [baseline.calibrated(quiet) for baseline in BASELINES]
    rows = [measured(case, times, baselines) for case in (*TOPICS, *QUIET, *SPELLING)]
    rows += list(drift_slices.rows(full=chosen.full))
    rows += list(drift_traces.rows())
    tenth = rows[1]
    emit(
        "drift",
        float(str(tenth["shipped_delay"] or NEVER)),
        "texts until 10 % from an unseen topic are found",
        n=times,
        baseline=float(str(tenth["mean_shift_1000_delay"] or NEVER)),
        rows=rows,
        as_json=chosen.json,
    )


if __name__ == "__main__":
    main()
