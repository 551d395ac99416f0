"""What can go wrong while an endpoint is asked.

EndpointError    : correct the options and ask again
+- EndpointAway  : the endpoint gives no answer; the same may work later
"""

from __future__ import annotations


class EndpointError(Exception):
    """The endpoint cannot be asked so; the message says what to correct.

    Attributes
    ----------
    paid : what was asked may be billed, at most at its most, although it comes to nothing
    """

    paid = False


class EndpointAway(EndpointError):  # noqa: N818 - a state, read as a sentence
    """The endpoint gave no answer however often it was asked."""
