"""Measure how many events per processor second all tier-0 scorers judge, one thread, caches warm.

Warmed on one half of the texts, timed on the other (bench/mix.py says what they are). One row per stage:
what all scorers share (splitting, languages, embeddings), then each scorer on top of it; then the whole
pipeline with the same scorers in the same run, and its share of what the scorers alone reach.

python -m bench.tier0 [--json] [--full]
"""

from __future__ import annotations

import os

# One thread is what the figure is about; the array library reads this once, when it is loaded.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import statistics  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable, Iterator, Sequence  # noqa: E402
from functools import partial  # noqa: E402

from fmwatch.event import Generation  # noqa: E402

from bench.mix import halves  # noqa: E402
from bench.report import emit, options  # noqa: E402
from bench.whole import cpu_s  # noqa: E402
from detectors import language, registry  # noqa: E402
from detectors.base import Scorer  # noqa: E402
from detectors.batch import Batch, Encoder  # noqa: E402
from detectors.encoders.static import StaticEncoder  # noqa: E402
from detectors.prices import PriceBook  # noqa: E402

TOGETHER = 500  # events of a batch
TIMES = 5

Seconds = dict[str, float]


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "")
    warming, timed = halves(32_768 if chosen.full else 16_384)
    # In turn, so that both meet the machine's good and bad moments.
    pairs = [(_run(warming, timed), cpu_s(warming, timed)) for _ in range(TIMES)]
    runs = [run for run, _ in pairs]
    total = statistics.median(sum(run.values()) for run in runs)
    stages = {stage: statistics.median(run[stage] for run in runs) for stage in runs[0]}
    each = 1e6 / len(timed)
    rows: list[dict[str, object]] = [
        {"stage": stage, "us_per_event": seconds * each} for stage, seconds in stages.items()
    ]
    rows.append({"stage": "all scorers", "us_per_event": total * each})
    whole = statistics.median(seconds for _, seconds in pairs)
    share = statistics.median(sum(run.values()) / seconds for run, seconds in pairs)
    rows.append({"stage": "whole pipeline", "us_per_event": whole * each, "share_of_scorers_speed": share})
    emit("tier0", len(timed) / total, "events/cpu-s", n=len(timed), rows=rows, as_json=chosen.json)


def _run(warming: Sequence[Generation], timed: Sequence[Generation]) -> Seconds:
    """Time one pass over the second half with new scorers that have seen the first."""
    scorers, encoder = registry.scorers(PriceBook()), StaticEncoder()
    language.forget()
    _pass(warming, scorers, encoder)
    return _pass(timed, scorers, encoder)


def _pass(events: Sequence[Generation], scorers: Sequence[Scorer], encoder: Encoder) -> Seconds:
    seconds: Seconds = {}
    start = time.process_time()
    for first in range(0, len(events), TOGETHER):
        batch = Batch(events[first : first + TOGETHER], encoder)
        for stage, work in _stages(batch, scorers):
            began = time.process_time()
            work()
            seconds[stage] = seconds.get(stage, 0.0) + time.process_time() - began
    whole = time.process_time() - start
    return {"making and freeing batches": whole - sum(seconds.values()), **seconds}


def _stages(batch: Batch, scorers: Sequence[Scorer]) -> Iterator[tuple[str, Callable[[], object]]]:
    yield "words", lambda: (batch.prompt_words, batch.response_words)
    yield "languages", lambda: (batch.prompt_language, batch.response_language)
    yield "embeddings", lambda: (batch.prompt_embedding, batch.response_embedding)
    for scorer in scorers:
        yield scorer.name, partial(scorer.score, batch)


if __name__ == "__main__":
    main()
