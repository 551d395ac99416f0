"""Questions about what is stored that no view answers: what is new, how much there is, from when to when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from fmwatch.event import Event, Feedback, Generation
from numpy.typing import NDArray

from store.database import Database
from store.rows import microseconds

_HOUR_US = 3_600_000_000

Identity = tuple[str, int, str, str, str]
Key = tuple[Any, ...]

# What makes feedback, or a change, the same one again, besides when it was.
_FEEDBACK = "tenant, event_id, kind, name, by"
_CHANGES = "tenant, kind, route, platform, model, `from`, `to`"


def identity(event: Generation) -> Identity:
    """Return what makes a call the same call: tenant, hour, route, model and event id."""
    hour = microseconds(event.occurred_at) // _HOUR_US
    return (event.tenant, hour, event.route, event.request_model, event.event_id)


def new_identities(database: Database, events: Sequence[Generation]) -> NDArray[np.bool_]:
    """Return which events the store does not have yet; a repeat within `events` counts as known.

    Ask before inserting. Cost: some milliseconds for 1,000 events, by the key and the filter on event_id.
    """
    asked = [identity(event) for event in events]
    stored = _stored(database, asked)
    new = np.zeros(len(events), dtype=np.bool_)
    for index, key in enumerate(asked):
        if key not in stored:
            new[index] = True
            stored.add(key)
    return new


def new_events(database: Database, events: Sequence[Event]) -> list[bool]:
    """Return which events of any type the store does not have yet; a repeat within `events` counts as known.

    Ask before inserting. Meant for some hundred events.
    """
    generations = [identity(event) for event in events if isinstance(event, Generation)]
    others = [event for event in events if not isinstance(event, Generation)]
    times = sorted({microseconds(event.at) for event in others})
    known: set[Key] = {
        *_stored(database, generations),
        *_stored_at(database, "feedback", _FEEDBACK, times),
        *_stored_at(database, "changes", _CHANGES, times),
    }
    new: list[bool] = []
    for key in map(_key, events):
        new.append(key not in known)
        known.add(key)
    return new


def count_generations(database: Database) -> int:
    """Return how many different calls are stored."""
    return int(database.query("SELECT count() AS n FROM generations FINAL")["n"][0])


def first_minute(database: Database) -> int | None:
    """Return the minute of the earliest stored call, in minutes since the epoch; None when there is none."""
    return _edge(database, "min")


def last_minute(database: Database) -> int | None:
    """Return the minute of the latest stored call, in minutes since the epoch; None when there is none."""
    return _edge(database, "max")


def _edge(database: Database, which: str) -> int | None:
    found = database.query(
        f"SELECT count() AS n, intDiv(toUnixTimestamp64Micro({which}(occurred_at)), 60000000) AS minute "  # noqa: S608
        "FROM generations"
    )
    return int(found["minute"][0]) if found["n"][0] else None


def _key(event: Event) -> Key:
    if isinstance(event, Generation):
        return identity(event)
    at = microseconds(event.at)
    if isinstance(event, Feedback):
        return (event.tenant, event.event_id, event.kind, event.name, event.by, at)
    named = (event.route, event.platform, event.model)
    return (event.tenant, event.kind, *named, event.from_, event.to, at)


def _stored_at(database: Database, table: str, names: str, times: Sequence[int]) -> set[Key]:
    if not times:
        return set()
    found = database.query(
        f"SELECT {names}, toUnixTimestamp64Micro(at) AS at_us FROM {table} "  # noqa: S608 - our own names
        "WHERE at_us IN {times:Array(Int64)}",
        {"times": times},
    )
    return set(zip(*found.values(), strict=True))


def _stored(database: Database, asked: Sequence[Identity]) -> set[Identity]:
    if not asked:
        return set()
    hours = sorted({key[1] for key in asked})
    found = database.query(
        """
        SELECT tenant, toUnixTimestamp(toStartOfHour(occurred_at)) AS second, route, request_model, event_id
        FROM generations
        WHERE tenant IN {tenants:Array(String)}
            AND toStartOfHour(occurred_at) IN (arrayMap(x -> toDateTime(x, 'UTC'), {hours:Array(UInt32)}))
            AND event_id IN {events:Array(String)}
        """,
        {
            "tenants": sorted({key[0] for key in asked}),
            "hours": [hour * 3600 for hour in hours],
            "events": sorted({key[4] for key in asked}),
        },
    )
    rows = zip(*(found[name] for name in found), strict=True)
    return {(tenant, second // 3600, route, model, event) for tenant, second, route, model, event in rows}
