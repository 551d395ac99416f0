"""Who sent a span: resources numbered, equal ones alike."""

from __future__ import annotations

from stream.otlp.span import Attributes
from stream.otlp.values import written


class Senders:
    """Numbers resources; each is read once, however many spans it has, for it may be large."""

    def __init__(self) -> None:
        self._read: dict[int, tuple[Attributes, int]] = {}  # by id(); held, so that the id stays its own
        self._numbers: dict[str, int] = {}

    def number(self, resource: Attributes) -> int:
        """Return the same number for equal attributes."""
        known = self._read.get(id(resource))
        if known is None:
            told = written(dict(sorted(resource.items())))
            known = resource, self._numbers.setdefault(told, len(self._numbers))
            self._read[id(resource)] = known
        return known[1]
