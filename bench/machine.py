"""What a figure was measured on, and how long a piece of work keeps a processor busy."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path


def describe() -> str:
    """Return processor, number of cores and Python version in one line."""
    return f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def cpu_s(work: Callable[[], object], prepare: Callable[[], object] = lambda: None, times: int = 5) -> float:
    """Return the median processor time of one run of `work`, in seconds; `prepare` runs untimed before."""
    return statistics.median(_runs(work, prepare, times))


def _runs(work: Callable[[], object], prepare: Callable[[], object], times: int) -> Iterable[float]:
    for _ in range(times):
        prepare()
        began = time.process_time()
        work()
        yield time.process_time() - began


def _processor() -> str:
    source = Path("/proc/cpuinfo")
    lines = source.read_text(encoding="utf-8").splitlines() if source.exists() else []
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
