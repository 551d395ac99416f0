"""What a receiver raises, by what the outbox should do next.

AlerterError
├── Retryable(after_s)   the receiver is away or busy: send the same again later
├── Rejected             the receiver will never take this: tell a person, don't try again
└── UnknownAlert         nobody has an alert of this id: `fmwatch alerts list` shows them
"""

from __future__ import annotations


class AlerterError(Exception):
    """Root of everything this room raises."""


class Retryable(AlerterError):  # noqa: N818 -- named by what to do next, as in design.md
    """Send the same notification again, not before `after_s` seconds when the receiver said so."""

    def __init__(self, message: str, after_s: float | None = None) -> None:
        super().__init__(message)
        self.after_s = after_s


class Rejected(AlerterError):  # noqa: N818 -- named by what to do next, as in design.md
    """Never send this again; the message names what to correct."""


class UnknownAlert(AlerterError):  # noqa: N818 -- named by what is wrong with the request
    """No alert has this id."""
