"""What a receiver raises, by what the outbox should do next.

AlerterError
├── Retryable(after_s)   the receiver is away or busy: send the same again later
├── Rejected             the receiver will never take this: tell a person, don't try again
├── Dropped              the receiver has no word for this: nothing is sent, and nothing is wrong
└── Unclear              what a person says of an alert cannot be said, or not of that one
    ├── Unspeakable      a name or a note is too long, or there is no name
    ├── UnknownAlert     nobody has an alert of this id: `fmwatch alerts list` shows them
    ├── AmbiguousAlert   several ids begin like that: give more of it
    └── AlertOver        it has ended, and this can only be said while it has not
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


class Dropped(AlerterError):  # noqa: N818 -- named by what to do next, as in design.md
    """Send nothing: this receiver cannot express it, and docs/receivers.md says so."""


class Unclear(AlerterError):  # noqa: N818 -- named by what is wrong with the request
    """What a person says names no alert that it can be said of, or is nothing that can be kept."""


class Unspeakable(Unclear):
    """A name or a note is too long, or there is no name."""


class UnknownAlert(Unclear):
    """No alert has this id."""


class AmbiguousAlert(Unclear):
    """Several alerts' ids begin with what was given."""


class AlertOver(Unclear):
    """The alert has ended already."""
