"""What a transport is: one method, and four more things that it may have."""

from __future__ import annotations

from typing import Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object


class Transport(Protocol):
    """Takes batches of events somewhere. Called from the sender's thread only; may block.

    It may also have `prepare()`, called in that thread before the first batch, while no fork may happen, for
    slow imports; `close()`, called once there when there will be no other batch; `redact`,
    the kinds of personal data that the client takes out unless it is told otherwise; and `destination`, where
    batches go and as whom: what lies in a spool is sent by a client of the same one only. Without it that is
    the name of the class. After a fork the same object is used in both processes.
    """

    def send(self, batch: Sequence[bytes], counts: str) -> int:
        """Deliver the batch and return how many of its events the receiver refused.

        Parameters
        ----------
        batch : one JSON object each, without newlines
        counts : what the client has counted since it began, as the header Fmwatch-Counts spells it; a
            receiver that knows no such header may be spared it

        Raises
        ------
        Retryable : the same batch should be sent again later
        Rejected : the batch as a whole will never be taken
        """
        raise NotImplementedError
