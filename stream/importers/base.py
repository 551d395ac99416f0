"""What a format is: a function from one record of a vendor to events, and a reason where it is none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from stream.errors import InvalidEvent
from stream.json_object import Fields


class NoCall(Exception):  # noqa: N818 - says what the record is
    """A record that is fine, but no call to a model: it is passed over and counted.

    Attributes
    ----------
    what : it is, in the plural and in few words, e.g. "spans"
    n : how many there are
    """

    def __init__(self, what: str, n: int = 1) -> None:
        super().__init__(what)
        self.what = what
        self.n = n


Outcome = Fields | InvalidEvent | NoCall  # an event, a dead letter, or neither


class Importer(Protocol):
    """Reads the records of one format. Pure: the same record gives the same events."""

    @property
    def name(self) -> str:
        """As `replay --format` takes it."""

    def events(self, record: Fields) -> Iterable[Outcome]:
        """Return the events of a record, as fields of the contract, and what became of its other parts.

        Raises
        ------
        InvalidEvent : the record as a whole becomes a dead letter
        NoCall : the record as a whole is passed over
        """
