"""What keeps a gate from being asked, each with its remedy.

GateError               the set, the answers or the endpoint's settings are wrong: correct them
└── EndpointAway        the endpoint does not answer now: ask again later
"""

from __future__ import annotations


class GateError(Exception):
    """Something that was given cannot be used; the message names file and line, or the option."""


class EndpointAway(GateError):  # noqa: N818 - a state, read as a sentence: "raise EndpointAway"
    """The endpoint gives no answer; the same call may work later."""
