"""Where people say something on the console, and where it is written down that they have seen texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, Self

from store.pairs import Call, Compared, Ids, Pair, Said


class Opened(NamedTuple):
    """Somebody has seen what was asked and answered.

    Attributes
    ----------
    alert_id : or what the page calls a pair, which says neither model nor call
    calls : how many calls' texts
    name, token : under which name, which nobody has checked, and with which token: its mark
    route : of the pair, "" where it was an alert
    """

    at: datetime
    tenant: str
    alert_id: str
    calls: int
    name: str
    token: str
    route: str = ""


Audit = Callable[[Opened], object]  # raises StoreError where it cannot be written down


class Unsaid(Exception):  # noqa: N818 - a state, read as a sentence
    """Something cannot be said of an alert; the message says why.

    Attributes
    ----------
    status : of the answer
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Desk(Protocol):
    """Where a person says something of an alert; may block for seconds."""

    def say(self, alert_id: str, verb: str, by: str, note: str) -> bool:
        """Say it and return whether it holds already; raises Unsaid."""


class Judgements(Protocol):
    """Where pairs of answers are judged; may block for seconds. `services.label.judgements` is the one."""

    def of(self, tenant: str) -> Self:
        """Return the pairs of one tenant, "*" for everybody's: whatever is asked, nothing else answers."""

    def pairs(self, wanted: Compared) -> Sequence[Pair]:
        """Return the pairs of a candidate on a route, in an order that is everybody's."""

    def said(self, wanted: Compared) -> Sequence[Said]:
        """Return what was said of them."""

    def calls(self, wanted: Ids) -> Sequence[Call]:
        """Return single calls with their texts."""

    def signed(self, person: str) -> str:
        """Return a name as labels can carry it; raises ShadowError."""

    def put(self, lines: Sequence[bytes]) -> object:
        """Take labels in; in the log when it returns. Raises LogError, StoreError."""
