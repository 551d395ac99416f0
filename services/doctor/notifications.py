"""Whether notifications and heartbeats arrived lately, as the store tells it or a running server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from services.config import Config
from services.doctor.check import Finding, ok, skip, warn
from services.doctor.store import PATIENCE
from services.running import noted_headers, noted_url
from store.condition import Condition, Undelivered
from store.errors import StoreError
from stream.metrics import DELIVERIES, FAILING, HEARTBEAT_AGE

NOTIFICATIONS, HEARTBEAT = "notifications", "heartbeat"
ANSWER_S = 5.0
MISSED = 3  # heartbeats that stay out before it is said
_LOOK = "look at the receiver, and at its key in the configuration; a restart sends again what was refused"
_NO_BEAT = "see that fmwatch worker watch or fmwatch up runs and keeps up, and look at the receivers it names"


def of_store(url: str, config: Config) -> Iterator[Finding]:
    """Look at what the watcher noted in the store; an address of a store is never said aloud."""
    try:
        with Condition.of_server(url, PATIENCE) as condition:
            if not (condition.exists() and condition.applied()):
                yield skip(NOTIFICATIONS, "there are no tables yet")
                return
            yield _deliveries(condition.undelivered())
            if config.heartbeat.wanted:
                last = condition.heartbeat()
                yield _beats(None if last is None else datetime.now(UTC) - last, config)
    except StoreError as error:
        yield skip(NOTIFICATIONS, f"the store does not tell: {error}")


def of_server(data: Path, config: Config) -> Iterator[Finding]:
    """Ask the server that runs on a data directory, if one does."""
    url = noted_url(data)
    try:
        answer = httpx2.get(
            f"{url}/metrics", headers=noted_headers(data), timeout=ANSWER_S, trust_env=False
        ).raise_for_status()
        numbers = _numbers(answer.text)
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
        yield skip(NOTIFICATIONS, "no server runs on this directory, so nothing is sent")
        return
    failing = int(numbers.get(FAILING.name, 0) or 0)
    waiting, failed = (int(numbers.get(f"{DELIVERIES.name} {state}", 0)) for state in ("waiting", "failed"))
    what = f"{waiting} wait to be sent, {failed} were refused or given up"
    yield (
        warn(NOTIFICATIONS, f"{failing} receivers fail; {what}", _LOOK)
        if failing
        else ok(NOTIFICATIONS, what)
    )
    if config.heartbeat.wanted:
        age_s = numbers.get(HEARTBEAT_AGE.name)
        yield _beats(None if age_s is None or age_s != age_s else timedelta(seconds=age_s), config)  # noqa: PLR0124 - NaN


def _deliveries(found: list[Undelivered]) -> Finding:
    if not found:
        return ok(NOTIFICATIONS, "nothing waits that was tried before, and nothing was refused in a day")
    told = "; ".join(
        f"{one.receiver}: {one.waiting} wait, {one.failed} refused or given up: {one.message}"
        for one in found
    )
    return warn(NOTIFICATIONS, told, _LOOK)


def _beats(age: timedelta | None, config: Config) -> Finding:
    every = timedelta(minutes=config.heartbeat.every_minutes)
    if age is None:
        return warn(HEARTBEAT, "none has arrived yet", _NO_BEAT)
    what = (
        f"the last arrived {age.total_seconds():,.0f} s ago, one is due every {every.total_seconds():.0f} s"
    )
    return ok(HEARTBEAT, what) if age <= MISSED * every else warn(HEARTBEAT, what, _NO_BEAT)


def _numbers(text: str) -> Mapping[str, float]:
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {" ".join((sample.name, *sample.labels.values())): sample.value for sample in samples}
