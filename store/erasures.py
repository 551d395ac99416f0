"""Whose data was erased, as hashes: what comes back of it, from a log or a file, is not taken in again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Literal

from fmwatch.event import Change, Event, Feedback, Generation

from store.database import Database, utc
from store.labels import PAIR_TAG

Kind = Literal["user", "tenant", "event", "letter"]

EVERY = "*"  # in place of a tenant: whichever it is
_HEX = 32  # of a digest: 128 bits


def digest(text: str) -> str:
    """Return what is kept of a name: enough to know it again, not to read it.

    >>> digest("a")
    'ca978112ca1bbdcafac231b39a23dc4d'
    """
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HEX]


def digest_of(expression: str) -> str:
    """Return the SQL of the digest of a text."""
    return f"lower(hex(substring(SHA256({expression}), 1, {_HEX // 2})))"


def letter_digest(tenant: str, original: str) -> str:
    """Return what is kept of a dead letter, its tenant in it: of an erased one no mark holds the name."""
    return digest(f"{tenant}\0{original}")


LETTER_DIGEST = digest_of(r"concat(tenant, '\0', original)")  # the same of a row of dead_letters


@dataclass(frozen=True, slots=True)
class _Known:
    """What a reading of the table gave.

    Attributes
    ----------
    users : by (tenant or *, digest), until when
    tenants : by digest, until when
    events : (tenant, digest) of erased calls; ids has only the digests
    letters : digests of dead letters, their tenant in them
    """

    users: dict[tuple[str, str], datetime] = field(default_factory=dict)
    tenants: dict[str, datetime] = field(default_factory=dict)
    events: frozenset[tuple[str, str]] = frozenset()
    ids: frozenset[str] = frozenset()
    letters: frozenset[str] = frozenset()


class Erasures:
    """Knows what was erased from a store. Any thread may ask; `renew` is for one.

    Parameters
    ----------
    every_s : how old its knowledge may be before `renew` looks again
    clock : seconds that only grow
    """

    def __init__(
        self, database: Database, *, every_s: float = 0.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._every_s = every_s
        self._clock = clock
        self._looked: float | None = None
        self._version: tuple[object, ...] = (0, None)
        self._known = _Known()

    def renew(self) -> frozenset[Kind]:
        """Look whether anything was erased meanwhile; return the kinds of it.

        Raises
        ------
        StoreUnavailable : what was known stays known
        """
        now = self._clock()
        if self._looked is not None and now - self._looked < self._every_s:
            return frozenset()
        found = self._database.query("SELECT count() AS n, max(at) AS at FROM erasures")
        version = (found["n"][0], found["at"][0])
        self._looked = now
        if version == self._version or not version[0]:
            return frozenset()
        before, self._known = self._known, self._read()
        self._version = version
        return _changed(before, self._known)

    def event(self, event: Event) -> bool:
        """Tell whether an event is of somebody whose data was erased after it happened."""
        at = event.occurred_at if isinstance(event, Generation) else event.at
        if self.of_tenant(event.tenant, at):
            return True
        if isinstance(event, Change):
            return False
        if isinstance(event, Feedback):
            of_erased = self.call(event.tenant, event.event_id)
            return of_erased or self._of_user(event.extra.get("user_hash"), event.tenant, at)
        if self.call(event.tenant, event.tags.get(PAIR_TAG, "")):
            return True  # an answer to what they asked, by a comparison that was under way
        return self._of_user(event.user_hash, event.tenant, at)

    def of_tenant(self, tenant: str, at: datetime) -> bool:
        """Tell whether a tenant was erased after a moment."""
        tenants = self._known.tenants
        return bool(tenants) and _before(at, tenants.get(digest(tenant)))

    def letter(self, tenant: str, original: str) -> bool:
        """Tell whether a dead letter of a tenant with this original was erased."""
        letters = self._known.letters
        return bool(letters) and letter_digest(tenant, original) in letters

    def call(self, tenant: str, event_id: str) -> bool:
        """Tell whether a tenant's call was erased."""
        events = self._known.events
        return bool(events) and (tenant, digest(event_id)) in events

    def id(self, event_id: str) -> bool:
        """Tell whether a call of this id was erased, of whichever tenant: for snapshots, which do not say."""
        return digest(event_id) in self._known.ids

    @property
    def of_events(self) -> bool:
        """Whether single calls were erased at all."""
        return bool(self._known.ids)

    def _of_user(self, user_hash: object, tenant: str, at: datetime) -> bool:
        users = self._known.users
        if not users or not user_hash:
            return False
        name = digest(str(user_hash))
        return any(_before(at, users.get((whose, name))) for whose in (EVERY, tenant))

    def _read(self) -> _Known:
        found = self._database.query("SELECT tenant, kind, digest, at FROM erasures FINAL")
        rows = list(zip(found["tenant"], found["kind"], found["digest"], map(utc, found["at"]), strict=True))
        return _Known(
            users={(tenant, name): at for tenant, kind, name, at in rows if kind == "user"},
            tenants={name: at for _, kind, name, at in rows if kind == "tenant"},
            events=frozenset((tenant, name) for tenant, kind, name, _ in rows if kind == "event"),
            ids=frozenset(name for _, kind, name, _ in rows if kind == "event"),
            letters=frozenset(name for _, kind, name, _ in rows if kind == "letter"),
        )


def _before(at: datetime, erased: datetime | None) -> bool:
    return erased is not None and at < erased


def _changed(before: _Known, after: _Known) -> frozenset[Kind]:
    pairs: dict[Kind, tuple[object, object]] = {
        "user": (before.users, after.users),
        "tenant": (before.tenants, after.tenants),
        "event": (before.events, after.events),
        "letter": (before.letters, after.letters),
    }
    return frozenset(kind for kind, (old, new) in pairs.items() if old != new)
