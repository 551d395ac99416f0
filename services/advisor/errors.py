"""What can go wrong with the catalogue; each message says the remedy."""

from __future__ import annotations


class CatalogueError(Exception):
    """A list or a snapshot cannot be used; correct what is named and call again."""


class ListAway(Exception):  # noqa: N818 - a state, read as a sentence
    """A list cannot be read from the network, and no earlier copy of it is here."""
