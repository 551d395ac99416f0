"""Erasing in a data directory that this process has open."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from services.erase.receipt import Document, dry, receipt
from services.run import Embedded
from services.shadow.journal import forget
from services.wall import now
from store import erase
from store.subject import Subject
from stream.erased_lines import kept


class Desk(Protocol):
    """Erases somebody; may take long. Raises StoreUnavailable where the same may be asked again later."""

    def dry_run(self, subject: Subject) -> Document:
        """Return what an erasure would remove."""

    def erase(self, subject: Subject) -> Document:
        """Erase, and return the receipt."""


class Directory:
    """A data directory that this process has open.

    Parameters
    ----------
    paused : keeps whatever scores and watches here from its next round
    """

    def __init__(
        self, embedded: Embedded, paused: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        self.embedded = embedded
        self._paused = paused

    def dry_run(self, subject: Subject) -> Document:
        return dry(subject, erase.counted(self.embedded.database, subject))

    def erase(self, subject: Subject) -> Document:
        embedded = self.embedded
        with self._paused():
            at = erase.mark(embedded.database, subject)
            embedded.forget()  # before the rows go: what monitors and alerts still hold is saved without it
            removed = erase.remove(embedded.database, subject)
            # Last, for what was unread in the log is named there only.
            lines = embedded.log.rewrite(kept(subject, embedded.erased))
            removed |= forget(embedded.directory, subject, embedded.erased)
            left = erase.left(embedded.database, subject)
        return receipt(subject, at, now(), removed=removed, log_lines=lines, left=left)
