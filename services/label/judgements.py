"""The pairs of a store and the log that takes what people say of them, for pages that several people use."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.access.token import EVERY
from services.label.person import signed
from store import pairs
from store.database import Database
from store.pairs import Call, Compared, Ids, Pair, Said

Put = Callable[[Sequence[bytes]], object]  # lines of feedback; raises LogError, StoreError


class Judgements:
    """Any thread may call it.

    Parameters
    ----------
    put : takes lines of feedback in by the way that all come; in the log when it returns
    redact : what labels may not carry
    """

    def __init__(self, database: Database, put: Put, redact: Sequence[str]) -> None:
        self._database = database
        self._redact = redact
        self.put = put

    def of(self, tenant: str) -> Judgements:
        """Return the pairs of one tenant, "*" for everybody's: whatever is asked, nothing else answers."""
        return self if tenant == EVERY else Judgements(self._database.of(tenant), self.put, self._redact)

    def pairs(self, wanted: Compared) -> list[Pair]:
        """Return the pairs, in an order that is everybody's."""
        return pairs.pairs(self._database, wanted)

    def said(self, wanted: Compared) -> list[Said]:
        """Return what was said of them."""
        return pairs.said(self._database, wanted)

    def calls(self, wanted: Ids) -> list[Call]:
        """Return single calls with their texts."""
        return pairs.calls(self._database, wanted)

    def signed(self, person: str) -> str:
        """Return a name as labels can carry it; raises ShadowError."""
        return signed(person, self._redact)
