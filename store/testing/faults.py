"""What the test server is told to do wrong, to which statements, and how often."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal

# Nothing has taken effect: `refuse` answers 503, `drop` closes the connection, `memory` and `disk` answer as
# an engine that is out of it, `hang` says nothing until mended and then goes on as if nothing had happened.
# It has taken effect: `lose` closes the connection instead of answering, `cut` breaks off half way.
Kind = Literal["refuse", "drop", "memory", "disk", "hang", "lose", "cut"]


@dataclass(frozen=True, slots=True)
class Order:
    """One fault to be done.

    Attributes
    ----------
    only : text a statement must contain to be hit, names without backquotes; empty for every one
    times : how many statements are hit; None until mended
    """

    kind: Kind
    only: str = ""
    times: int | None = None


class Faults:
    """The order in force, if any, and how many statements it has hit."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._order: Order | None = None
        self._hits = 0
        self._mended = threading.Event()

    def order(self, order: Order) -> None:
        """Do this from now on, instead of what was ordered before."""
        self.mend()
        with self._guard:
            self._order, self._hits, self._mended = order, 0, threading.Event()

    def mend(self) -> int:
        """Do nothing wrong any more, let go what hangs, and return how many statements were hit."""
        with self._guard:
            self._order = None
            self._mended.set()
            return self._hits

    def hits(self) -> int:
        """Return how many statements the order in force has hit so far."""
        with self._guard:
            return self._hits

    def strike(self, sql: str) -> Kind | None:
        """Return what to do to this statement; a `hang` is over when this returns."""
        with self._guard:
            order, mended = self._order, self._mended
            if order is None or order.only not in sql.replace("`", "") or self._hits == order.times:
                return None
            self._hits += 1
        if order.kind == "hang":
            mended.wait()
            return None
        return order.kind
