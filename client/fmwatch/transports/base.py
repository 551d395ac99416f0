"""What a transport is: one method, and two more things that it may have."""

from __future__ import annotations

from typing import Mapping, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object


class Transport(Protocol):
    """Takes batches of events somewhere. Called from the sender's thread only; may block.

    It may also have `close()`, called once in that thread when there will be no other batch, and `redact`,
    the kinds of personal data that the client takes out unless it is told otherwise. After a fork the same
    object is used in both processes.
    """

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
