"""What can go wrong with a Grafana.

GrafanaError
├── GrafanaRefused   it answers and does not want to: correct what the message names
└── GrafanaAway      it does not answer: the same call may work later
"""

from __future__ import annotations


class GrafanaError(Exception):
    """The root; the message says the remedy."""


class GrafanaRefused(GrafanaError):  # noqa: N818 - says what happened
    """It answers and does not want to."""


class GrafanaAway(GrafanaError):  # noqa: N818 - says what happened
    """It does not answer."""
