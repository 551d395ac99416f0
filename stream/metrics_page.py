"""docs/metrics.md, made from the table: `python -m stream.metrics_page > docs/metrics.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from stream.metrics import TABLE, Label, Metric, Service, Spread

_INTRODUCTION = """\
# What fmwatch tells about itself

Every process answers Prometheus: `fmwatch worker score|watch|gateway|console` on `--metrics [HOST:]PORT`
(`FMWATCH_METRICS`, usually `127.0.0.1:9464`; where that is taken, on a free port that the first line of the
log names), `fmwatch up` on its own port. `/metrics` is in Prometheus' text format. `/healthz` beside it
answers 200 with `{"status": "ok"}`; that of `worker score` and `worker watch` with `"waiting"` and what for
while store or log are away, and 503 with `"still"` and a reason where the loop has not moved for long: then
the process should be started again.

This page is made from the table in [`stream/metrics.py`](../stream/metrics.py) by
`python -m stream.metrics_page`. Labels are few words of ours: no tenant, no route, no model, nothing that a
sender wrote. Counters begin at 0 with the process, for every word that is named here and every scorer. Beside
these there are the usual `process_*` of the Prometheus library.
"""
_ALARMS = """\
## What deserves an alarm
```
max(fmwatch_oldest_unacknowledged_seconds) > 300       # workers are dead, too few, or the store is away
absent(fmwatch_leader == 1)                            # nobody watches
max(fmwatch_watch_lag_seconds) > 900                   # who watches is behind
increase(fmwatch_rounds_total{outcome="failed"}[15m]) > 5
sum(increase(fmwatch_dead_letters_total[1h])) / sum(increase(fmwatch_events_total[1h])) > 0.01
increase(fmwatch_verdicts_total{outcome="error"}[1h]) > 0   # a scorer has a defect
max(fmwatch_oldest_undelivered_seconds) > 600          # a receiver of alerts is away
max(fmwatch_failing_receivers) > 0                     # it is also an alert at the other receivers
max(fmwatch_heartbeat_age_seconds) > 900               # who waits for heartbeats gets none
increase(fmwatch_client_lost_events_total[1h]) > 0     # what was counted is not all there was
```
The first comes from who leads and asks the broker, so it is told when every score worker is dead; the second
when every watcher is.

## Logs
Each process writes to standard error: on a terminal a line a person reads, otherwise one JSON object a line
with `time`, `level`, `logger`, `message`, and where there is more, `fields` and `error`. Nothing of an
event's content is in a log: of an exception nobody foresaw there is the type and the trace, and not what it
says, because that may quote what it failed on.
"""
_HEADINGS: dict[tuple[Service, ...], str] = {
    ("score", "watch", "gateway", "console", "up"): "Every process",
    ("score", "watch", "up"): "`worker score`, `worker watch` and `up`",
    ("score", "up"): "`worker score` and `up`",
    ("watch", "up"): "`worker watch` and `up`",
    ("watch",): "`worker watch`",
    ("gateway", "up"): "`worker gateway` and `up`",
}


def page() -> str:
    """Return the page.

    >>> page().splitlines()[0]
    '# What fmwatch tells about itself'
    """
    sections = "\n".join("\n".join(_section(services)) for services in _HEADINGS)
    return f"{_INTRODUCTION}\n{sections}\n{_ALARMS}"


def _section(services: tuple[Service, ...]) -> Iterator[str]:
    yield f"## {_HEADINGS[services]}"
    yield "| name | kind | unit | labels | what it is |"
    yield "|---|---|---|---|---|"
    for row in TABLE:
        if row.services == services:
            told = (f"`{row.name}`", row.kind, row.unit, _labels(row.labels), row.help + _buckets(row))
            yield f"| {' | '.join(told)} |"
    yield ""


def _labels(labels: Sequence[Label]) -> str:
    return "; ".join(
        f"`{label.name}`" + (f": {', '.join(label.values)}" if label.values else "") for label in labels
    )


def _buckets(row: Metric) -> str:
    return f" Buckets: {', '.join(f'{bound:g}' for bound in row.buckets)}." if isinstance(row, Spread) else ""


if __name__ == "__main__":
    sys.stdout.write(page())
