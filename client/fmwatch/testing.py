"""For your own tests: a transport that keeps what was sent, and fails when told to."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Sequence


class RecordingTransport:
    """Keeps every batch.

    Parameters
    ----------
    failing : raised by every `send` while it is set

    >>> from fmwatch import Client
    >>> transport = RecordingTransport()
    >>> with Client(transport=transport) as client:
    ...     _ = client.capture(provider="openai", request_model="gpt-4o")
    >>> [event["request_model"] for event in transport.events]
    ['gpt-4o']
    """

    def __init__(self, failing: Optional[Exception] = None) -> None:
        self.failing = failing
        self.batches: List[List[bytes]] = []
        self.counts: List[str] = []  # with each batch, as the header Fmwatch-Counts spells them
        self.attempts = 0

    def send(self, batch: Sequence[bytes], counts: str) -> int:
        """Keep the batch, or raise what was asked for."""
        self.attempts += 1
        if self.failing is not None:
            raise self.failing
        self.batches.append(list(batch))
        self.counts.append(counts)
        return 0

    @property
    def events(self) -> List[Dict[str, Any]]:
        """Everything that was sent, in order."""
        return [json.loads(line) for batch in self.batches for line in batch]
