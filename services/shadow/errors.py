"""What keeps a comparison from being made."""

from __future__ import annotations


class ShadowError(Exception):
    """The command cannot do what it was asked; the message says what to correct."""


class RefusedError(ShadowError):
    """The endpoint answers none of the requests; none counts as asked."""
