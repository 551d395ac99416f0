"""What can go wrong in the store, each with what to do next.

StoreError
├── StoreUnavailable    nothing is wrong with the rows: wait, then hand in the whole batch again
├── StoreInUse          another process has the directory: ask that process, or use another directory
└── RowRejected         this row never fits: dead-letter it, do not retry
"""

from __future__ import annotations


class StoreError(Exception):
    """Anything the store refuses; the message says the remedy."""


class StoreUnavailable(StoreError):  # noqa: N818 - a state, read as a sentence: "raise StoreUnavailable"
    """The store cannot take or answer this now; the same call may succeed later."""


class StoreInUse(StoreError):  # noqa: N818 - as above
    """Another process holds the data directory; chDB admits one."""


class RowRejected(StoreError):  # noqa: N818 - as above
    """One row can never be stored.

    Attributes
    ----------
    index : of the row in what was handed in
    event_id : of that row, "" where the table has none
    reason : why, in one sentence
    """

    def __init__(self, table: str, index: int, event_id: str, reason: str) -> None:
        super().__init__(f"{table} refuses row {index} ({event_id or 'no id'}): {reason}; dead-letter it")
        self.table = table
        self.index = index
        self.event_id = event_id
        self.reason = reason
