"""What can go wrong while an endpoint is asked.

ShadowError      : correct the command and give it again
+- EndpointAway  : the endpoint gives no answer; the same command goes on later
"""

from __future__ import annotations


class ShadowError(Exception):
    """The command cannot do what it was asked; the message says what to correct.

    Attributes
    ----------
    paid : a part of what was asked has been answered, so that it costs something although it comes to nothing
    """

    paid = False


class EndpointAway(ShadowError):  # noqa: N818 - a state, read as a sentence
    """The endpoint gave no answer however often it was asked; the same command goes on where this one was."""
