"""Made-up pairs to judge on the console, which remember what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import msgspec

from services.label.person import signed
from store.pairs import Compared, Pair, Said
from tests.services.label import pairs
from tests.services.label.pairs import Desk


class Judgements(Desk):
    """Six pairs of whatever is asked for."""

    def of(self, tenant: str) -> Self:  # noqa: ARG002 - they are everybody's
        """Return itself."""
        return self

    def pairs(self, wanted: Compared) -> list[Pair]:  # noqa: ARG002 - same
        """Return the pairs."""
        return pairs.pairs(6)

    def said(self, wanted: Compared) -> list[Said]:  # noqa: ARG002 - same
        """Return what was said of them."""
        return [
            pairs.said(one["event_id"], one["value"], one["person"], datetime.fromisoformat(one["at"]))
            for one in self.put_in
        ]

    def signed(self, person: str) -> str:
        """Return a name as labels can carry it."""
        return signed(person, ("email",))

    def put(self, lines: Sequence[bytes]) -> None:  # type: ignore[override] # feedback only
        """Take labels in."""
        self.put_in += [msgspec.json.decode(line) for line in lines]
