"""What keeps a gate from being asked, each with its remedy.

GateError               the set or the answers are wrong: correct them
"""

from __future__ import annotations


class GateError(Exception):
    """Something that was given cannot be used; the message names file and line, or the option."""
