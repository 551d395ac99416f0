"""What a transport is: one method."""

from __future__ import annotations

from typing import Mapping, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object


class Transport(Protocol):
    """Takes batches of events somewhere. Called from the sender's thread only; may block."""

    def send(self, batch: Sequence[bytes], losses: Mapping[str, int]) -> int:
        """Deliver the batch and return how many of its events the receiver refused.

        Parameters
        ----------
        batch : one JSON object each, without newlines
        losses : events that were lost since the last delivery, by reason

        Raises
        ------
        Retryable : the same batch should be sent again later
        Rejected : the batch as a whole will never be taken
        """
        raise NotImplementedError
