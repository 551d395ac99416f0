"""Sends nothing: the default, so that importing fmwatch in a test suite has no consequence."""

from __future__ import annotations

from typing import Sequence


class NullTransport:
    """Forgets every batch."""

    def send(self, batch: Sequence[bytes], counts: str) -> int:  # noqa: ARG002 - the protocol's
        """Do nothing."""
        return 0
