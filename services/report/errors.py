"""What keeps a report from being made; each message says the remedy.

ReportError       what is asked for cannot be compared: correct it
└── BrowserAway   there is no browser that makes a PDF, or it does not
"""

from __future__ import annotations


class ReportError(Exception):
    """What is asked for cannot be compared."""


class BrowserAway(ReportError):  # noqa: N818 - named by what to do next
    """There is no browser that could make a PDF, or it failed."""
