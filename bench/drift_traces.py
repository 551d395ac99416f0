"""An hour of real requests (Azure 2023) through the level monitor, in order, its first half as reference.

The monitor learns in days and the trace has an hour: time is stretched, nothing is shuffled or left out.
Context and generated tokens are all there is to watch; signals of any severity count.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from bench.drift_texts import plain
from bench.report import required
from detectors.monitors.base import Leaf, Observations, Signal
from detectors.monitors.cells import DAY
from detectors.monitors.level import LevelMonitor
from detectors.monitors.page_budget import SEVERITY
from detectors.monitors.testing import MONDAY, cut

TRACES: Mapping[str, str] = {
    "chat": "AzureLLMInferenceTrace_conv.csv",
    "code": "AzureLLMInferenceTrace_code.csv",
}
SPANS = (2, 7, 14, 28)  # days that half an hour becomes; 14 is what the product learns as shipped

Floats = NDArray[np.float64]


def rows() -> Iterator[dict[str, object]]:
    """Yield what is raised in the second half of each trace, beside the trivial threshold."""
    for name in TRACES:
        for days in SPANS:
            calls = replayed(name, days)
            found = raised(calls, days)
            yield {
                "set": f"azure {name} in order, half an hour as {days} days",
                "pages": sum(SEVERITY[signal.signal] == "page" for signal in found),
                "raised": len(found),
                "what": "; ".join(map(_words, found)),
                "mean_plus_3_sd": _mean_and_three(calls, days),
                "n": len(calls),
            }


def raised(calls: Observations, days: int) -> list[Signal]:
    """Return what the product's own monitor raises, at the shipped budget and margin."""
    monitor = LevelMonitor(reference_days=days)
    spans = (cut(calls, start, min(start + DAY, calls.end)) for start in range(calls.start, calls.end, DAY))
    return [signal for span in spans for signal in monitor.update(span) if signal.state == "raised"]


def _words(signal: Signal) -> str:
    return f"{signal.facts['what']} x{signal.observed / signal.reference:.2f}, {signal.n} calls"


def replayed(name: str, days: int) -> Observations:
    """Return a trace with its time stretched, so that half of the hour fills the days of learning."""
    with required("traffic", "azure", TRACES[name]).open(encoding="utf-8") as file:
        calls = [
            (row["TIMESTAMP"], row["ContextTokens"], row["GeneratedTokens"]) for row in csv.DictReader(file)
        ]
    at_s = np.array([datetime.fromisoformat(at[:26]).timestamp() for at, _, _ in calls])
    at_s -= at_s[0]
    minute = MONDAY + (at_s / (at_s[-1] + 1e-3) * 2 * days * DAY).astype(np.int64)
    tokens = np.array([[float(asked), float(said)] for _, asked, said in calls])
    leaf = Leaf("default", "azure", name, "gpt")
    return plain(minute, [leaf], input_tokens=tokens[:, 0], output_tokens=tokens[:, 1])


def _mean_and_three(calls: Observations, days: int) -> int:
    """Return how many stretched hours have a mean more than three standard deviations above the usual one."""
    hour = (calls.minute - calls.start) // 60
    alarms = 0
    for values in (calls.input_tokens, calls.output_tokens):
        n = np.bincount(hour, minlength=days * 48)
        mean = np.bincount(hour, weights=values, minlength=days * 48) / np.maximum(n, 1)
        usual, live = mean[: days * 24][n[: days * 24] > 0], mean[days * 24 :][n[days * 24 :] > 0]
        alarms += int((live > usual.mean() + 3 * usual.std()).sum())
    return alarms
