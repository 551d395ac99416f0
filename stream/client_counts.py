"""What a client says with each batch that it has counted: the words of `Fmwatch-Counts`, a header."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

from stream.metrics import LOSSES, OTHER, STRIPPED

HEADER = "fmwatch-counts"
LOST = "lost_"
_LONGEST = 8_000  # characters of a header
_MOST_ACCOUNTS = 16  # of one header
_NUMBER = re.compile(r"([0-9]{1,12})/([0-9]{1,12})")  # in all / of it not confirmed yet
_CLIENT = re.compile(r"[0-9A-Za-z-]{1,64}")
_LOST = frozenset(LOSSES.labels[0].values)
_KNOWN = _LOST | frozenset(STRIPPED.labels[0].values) | {"captured"}


class Number(NamedTuple):
    """One number of an account: in all since the client began, and how much of it no answer has confirmed."""

    name: str  # captured, a reason of a loss, what was stripped; `other` for any word besides
    total: int
    unconfirmed: int


@dataclass(frozen=True, slots=True)
class Account:
    """What one client has counted; tenant and team as it names them."""

    client: str
    tenant: str
    team: str
    numbers: tuple[Number, ...]


def accounts(header: str) -> Iterator[Account]:
    """Yield the accounts of a header, which have commas between them; what is none is ignored.

    An account names its client and says its numbers:
    `client=01a2...; team=support; captured=1200/50; queue_full=12/2`.
    """
    for account in header[:_LONGEST].split(",")[:_MOST_ACCOUNTS]:
        words = dict(part.strip().split("=", 1) for part in account.split(";") if "=" in part)
        client = words.pop("client", "")
        if _CLIENT.fullmatch(client):
            tenant, team = unquote(words.pop("tenant", "")), unquote(words.pop("team", ""))
            yield Account(client, tenant, team, tuple(_numbers(words)))


def receipt_counts(numbers: Mapping[str, int]) -> dict[str, int]:
    """Return of some numbers what a receipt tells: `captured`, and what was lost by reason, as `lost_...`."""
    told = {LOST + name: n for name, n in numbers.items() if n and (name in _LOST or name == OTHER)}
    return told | ({"captured": numbers["captured"]} if numbers.get("captured") else {})


def _numbers(words: Mapping[str, str]) -> Iterator[Number]:
    for word, text in words.items():
        if found := _NUMBER.fullmatch(text):
            yield Number(word if word in _KNOWN else OTHER, int(found[1]), int(found[2]))
