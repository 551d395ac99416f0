"""What was captured, as events of the contract."""

from __future__ import annotations

import gc
from typing import Any

import fmwatch
from fmwatch import Generation, RecordingTransport

from stream.decode import decode


class Captured:
    """The events that the process's own client has sent."""

    def __init__(self) -> None:
        self.transport = RecordingTransport()

    def events(self) -> list[Generation]:
        """Return all of them; each decodes by the contract."""
        gc.collect()  # a stream that was dropped, and the circle it stands in
        fmwatch.flush()
        found = [decode(line) for batch in self.transport.batches for line in batch]
        return [event for event in found if isinstance(event, Generation)]

    def event(self) -> Generation:
        """Return the only one; nothing was lost on the way to it."""
        [event] = self.events()
        assert fmwatch.flush().reasons == {}
        return event

    def raw(self) -> list[dict[str, Any]]:
        """Return them as they were sent."""
        fmwatch.flush()
        return self.transport.events
