"""One token of the file: its hash alone, or with what limits it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from services.access.allowance import Limits
from services.access.token import Scope
from services.config_file import Problem

KEYS = ("sha256", "expires", "events_per_second", "bytes_per_day")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NO_HASH = "is no SHA-256 in 64 hexadecimal digits; `fmwatch tokens new` makes one"
_NO_TIME = "must be a time with its zone, such as 2026-12-31T00:00:00Z"


class Entry(NamedTuple):
    """One hash where it stands.

    Attributes
    ----------
    expires : from when on it is good for nothing
    limits : what may be sent with it
    """

    tenant: str
    scope: Scope
    place: int
    sha256: str
    expires: datetime | None = None
    limits: Limits = Limits()

    @property
    def path(self) -> tuple[str, str, int]:
        """The keys that lead to it."""
        return (self.tenant, self.scope, self.place)


def entry(tenant: str, scope: Scope, place: int, value: object) -> Iterator[Entry | Problem]:
    """Return the token that a value of the file stands for, or everything that is wrong with it.

    A value that is no hash is never repeated: it may be the token itself.
    """
    path = (tenant, scope, place)
    found: dict[Any, Any] = value if isinstance(value, dict) else {"sha256": value}
    if not isinstance(found.get("sha256"), str) or not _SHA256.fullmatch(found["sha256"]):
        yield Problem((*path, "sha256") if "sha256" in found and found is value else path, _NO_HASH)
        return
    problems = list(_problems(path, found))
    if problems:
        yield from problems
        return
    limits = Limits(found.get("events_per_second"), found.get("bytes_per_day"))
    expires = found.get("expires")
    yield Entry(tenant, scope, place, found["sha256"], None if expires is None else _time(expires), limits)


def _problems(path: tuple[str, str, int], found: dict[Any, Any]) -> Iterator[Problem]:
    for key, value in found.items():
        place = (*path, str(key))
        if key not in KEYS:
            yield Problem(place, f"there is no key {str(key)!r} here", KEYS, str(key))
        elif value is None or key == "sha256":
            continue
        elif key == "expires":
            if _time(value) is None:
                yield Problem(place, _NO_TIME)
        elif path[1] != "ingest":
            yield Problem(place, "limits what is sent, so it belongs to a token of ingest")
        elif not _positive(value, whole=key == "bytes_per_day"):
            kind = "whole number" if key == "bytes_per_day" else "number"
            yield Problem(place, f"must be a {kind} more than 0")


def _time(value: object) -> datetime | None:
    """Return a time with its zone; None where it is none."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, datetime) and value.tzinfo is not None else None


def _positive(value: object, *, whole: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        return False
    return value > 0 and math.isfinite(value)
