"""The ClickHouse server: there, new enough, ours to use, with room and the right time."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from services.doctor import clock
from services.doctor.check import AWAY, CONFIGURATION, Finding, fail, ok, skip, warn
from services.doctor.disk import room
from services.doctor.schema import migrations
from store.condition import RIGHTS, Condition
from store.connect import Patience
from store.errors import StoreError, StoreUnavailable
from store.retention import DAYS

SERVER, DATABASE, SCHEMA, GRANTS, CLOCK, DISK, COPIES, KEPT, ROWS = (
    "clickhouse",
    "clickhouse database",
    "clickhouse migrations",
    "clickhouse rights",
    "clickhouse clock",
    "clickhouse disk",
    "clickhouse replicas",
    "clickhouse retention",
    "clickhouse newest row",
)
TESTED = (26, 9)  # the engine that every test runs on
PATIENCE = Patience(connect_s=3, answer_s=5)
BEHIND_S = 60
_ADVICE = "; start it, or correct the address"

_Part = Callable[[Condition], Iterator[Finding]]


def store(url: str) -> Iterator[Finding]:
    """Look at the server of an address, which is never said aloud: a password may stand in it."""
    try:
        condition = Condition.of_server(url, PATIENCE)
    except StoreUnavailable as error:
        what = str(error).removesuffix(_ADVICE)  # the remedy here names the key
        yield fail(SERVER, what, "start it, or correct store.clickhouse", AWAY)
        yield from (skip(name, "the server does not answer") for name, _ in _PARTS)
        return
    except StoreError as error:
        yield fail(SERVER, str(error), "correct store.clickhouse: address, user and password", CONFIGURATION)
        yield from (skip(name, "the server does not let us in") for name, _ in _PARTS)
        return
    with condition:
        yield _version(condition)
        for name, part in _PARTS:
            try:
                yield from part(condition)
            except StoreUnavailable as error:
                yield fail(name, str(error), "look at the server's own log", AWAY)
            except StoreError as error:
                yield skip(name, f"the server does not tell user {condition.user}: {error}")


def _version(condition: Condition) -> Finding:
    numbers = tuple(int(number) for number in re.findall(r"\d+", condition.version)[:2])
    what = f"answers as {condition.version} to user {condition.user}"
    if numbers < TESTED:
        oldest = ".".join(map(str, TESTED))
        return warn(
            SERVER, f"{what}; tested is {oldest} and later", f"update the server to {oldest} or later"
        )
    return ok(SERVER, what)


def _database(condition: Condition) -> Iterator[Finding]:
    if condition.exists():
        yield ok(DATABASE, f"{condition.name} is there")
    else:
        made = f"the first worker makes it where its user may; or: CREATE DATABASE `{condition.name}`"
        yield warn(DATABASE, f"{condition.name} is not there yet", made)


def _schema(condition: Condition) -> Iterator[Finding]:
    yield migrations(SCHEMA, condition, "the next fmwatch worker that starts applies them")


def _grants(condition: Condition) -> Iterator[Finding]:
    if lacking := condition.refused_rights():
        grant = f"GRANT {', '.join(lacking)} ON `{condition.name}`.* TO `{condition.user}`"
        yield fail(GRANTS, f"user {condition.user} lacks {', '.join(lacking)}", grant)
    else:
        yield ok(GRANTS, f"user {condition.user} has {', '.join(RIGHTS)}")


def _clock(condition: Condition) -> Iterator[Finding]:
    asked, began = datetime.now(UTC), time.monotonic()
    theirs = condition.moment()
    half = timedelta(seconds=(time.monotonic() - began) / 2)
    yield clock.against(CLOCK, theirs, asked + half, "the server's clock")


def _disk(condition: Condition) -> Iterator[Finding]:
    used = condition.size()
    for disk in condition.disks():
        yield room(DISK, disk.free, disk.total, used, f"the server's disk {disk.name}")


def _copies(condition: Condition) -> Iterator[Finding]:
    found = condition.replicas()
    for one in found:
        if not one.writable:
            what = f"{one.table} takes no inserts: its server has lost Keeper"
            yield fail(COPIES, what, f"look at Keeper, then: SYSTEM RESTART REPLICA {one.table}", AWAY)
        elif one.delay_s > BEHIND_S:
            what = f"{one.table} is {one.delay_s:,} s behind the others"
            yield warn(COPIES, what, "look at system.replication_queue on this server")
    if not found:
        yield skip(COPIES, "nothing is replicated")
    elif all(one.writable and one.delay_s <= BEHIND_S for one in found):
        yield ok(COPIES, f"{len(found)} tables take inserts, none more than {BEHIND_S} s behind")


def _kept(condition: Condition) -> Iterator[Finding]:
    found = condition.kept_days()
    there = {table: days for table, days in DAYS.items() if table in found}
    odd = {table: days for table, days in there.items() if found[table] != days}
    for table, days in odd.items():
        kept = f"{found[table]} days" if found[table] else "everything"
        remedy = "the next fmwatch worker watch that starts declares it anew"
        if not found[table]:
            remedy = f"ALTER TABLE {table} MODIFY TTL as store/migrations has it"
        yield warn(KEPT, f"{table} keeps {kept}, fmwatch says {days}", remedy)
    if not there:
        yield skip(KEPT, "there are no tables yet")
    elif not odd:
        yield ok(KEPT, f"{len(there)} tables let go of rows as the table says")


def _newest(condition: Condition) -> Iterator[Finding]:
    if condition.exists() and condition.applied():
        yield clock.newest(ROWS, condition.newest(), datetime.now(UTC), "stored call")
    else:
        yield skip(ROWS, "there are no tables yet")


_PARTS: tuple[tuple[str, _Part], ...] = (
    (DATABASE, _database),
    (SCHEMA, _schema),
    (GRANTS, _grants),
    (CLOCK, _clock),
    (DISK, _disk),
    (COPIES, _copies),
    (KEPT, _kept),
    (ROWS, _newest),
)
