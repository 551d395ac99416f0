"""What can go wrong between a line of bytes and the store, each with what to do next.

StreamError
├── InvalidEvent        this line never becomes an event: dead-letter it, never retry
├── LogError            the log cannot do this; the message says the remedy
│   ├── LogInUse        another process has the log file: ask that process, or use another directory
│   └── LogUnavailable  the broker does not answer: wait, then do the same again
└── SourceUnreadable    a file to replay is missing or cannot be opened: correct the path
"""

from __future__ import annotations

from typing import Literal

Reason = Literal[
    "invalid_json",
    "invalid_encoding",
    "wrong_type",
    "missing_field",
    "unsupported_version",
    "too_large",
    "clock_out_of_range",
]


class StreamError(Exception):
    """Anything this room refuses; the message says the remedy."""


class InvalidEvent(StreamError):  # noqa: N818 - named by what to do next, as in design.md
    """A line that can never become an event.

    Attributes
    ----------
    reason : one of the closed set, a column and a metric label
    field : dotted path of the field at fault, "" where it is the whole line
    message : one sentence that a person understands
    """

    def __init__(self, reason: Reason, field: str, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason: Reason = reason
        self.field = field
        self.message = message


class LogError(StreamError):
    """The log cannot do what was asked."""


class LogInUse(LogError):  # noqa: N818 - a state, read as a sentence
    """Another process appends to this log."""


class LogUnavailable(LogError):  # noqa: N818 - as above
    """The broker does not take or answer this now; the same call may succeed later."""


class SourceUnreadable(StreamError):  # noqa: N818 - as above
    """A file to replay cannot be read at all."""
