"""As much of a Grafana as fmwatch uses, whoever speaks to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

Json = dict[str, Any]
TAG = "fmwatch"  # of every mark


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, as a mark on the charts of every dashboard that shows the tag `fmwatch`.

    Attributes
    ----------
    id : a tag of its own, by which it is found again; the same on every day
    until : None where it is a moment, or goes on
    """

    id: str
    at: datetime
    until: datetime | None
    text: str
    tags: tuple[str, ...] = ()


def milliseconds(moment: datetime) -> int:
    """Return a moment as Grafana writes it."""
    return round(moment.timestamp() * 1000)


def tags(mark: Mark) -> list[str]:
    """Return all tags that a mark gets."""
    return [TAG, mark.id, *mark.tags]


class Grafana(Protocol):
    """A Grafana.

    Everything blocks until it is answered, may be called again, and raises GrafanaRefused or GrafanaAway.
    """

    def source(self, uid: str) -> str | None:
        """Return the type of the data source of that uid, None where there is none."""

    def folder(self, uid: str, title: str) -> None:
        """Make a folder where it is not there."""

    def dashboard(self, document: Json, folder: str, message: str) -> str:
        """Put a dashboard into a folder, in place of the one of the same uid, and return its path."""

    def marks(self, tag: str, since: datetime, until: datetime) -> Sequence[Mapping[str, Any]]:
        """Return the marks with a tag that lie in that time, as Grafana says them."""

    def mark(self, mark: Mark, known: int | None) -> None:
        """Set a mark, or change the one that Grafana knows by that number."""

    def unmark(self, known: int) -> None:
        """Remove the mark that Grafana knows by that number."""
