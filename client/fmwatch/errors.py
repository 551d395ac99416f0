"""What a transport raises, by what the sender should do next. An application never sees these.

FmwatchError
├── Retryable(after_s)   the receiver is away or busy: send the same batch again later
│   ├── Unauthorized     it does not let us in: the same, but somebody must do something about it
│   └── Astray            what answers is no gateway: likewise
└── Rejected             the receiver will never take this batch: count it as lost
    └── TooLarge         the batch is too large as a whole: send its halves
"""

from __future__ import annotations

from typing import Optional


class FmwatchError(Exception):
    """Root of everything this package raises."""


class Retryable(FmwatchError):  # noqa: N818 - named by what to do next
    """Send the same batch again, not before `after_s` seconds where the receiver said so."""

    def __init__(self, message: str, after_s: Optional[float] = None) -> None:
        super().__init__(message)
        self.after_s = after_s


class Unauthorized(Retryable):
    """Send the same batch again, and tell the application's people that its token is not known."""


class Astray(Retryable):
    """Send the same batch again, and tell the application's people that what answers is no gateway."""


class Rejected(FmwatchError):  # noqa: N818 - named by what to do next
    """Never send this batch again."""


class TooLarge(Rejected):
    """Send the two halves of this batch instead."""
