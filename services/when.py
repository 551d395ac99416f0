"""A point in time as a person types it: RFC 3339, or how long ago."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from stream.errors import InvalidEvent
from stream.moment import FIRST, moment

_AGO = re.compile(r"(\d{1,9})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def when(text: str, now: datetime) -> datetime:
    """Return the point in time that a text means.

    Raises
    ------
    ValueError : it means none

    >>> noon = datetime(2026, 11, 2, 12, tzinfo=UTC)
    >>> when("2h", noon) == when("2026-11-02T10:00:00Z", noon) == when("2026-11-02T11:00:00+01:00", noon)
    True
    """
    if ago := _AGO.fullmatch(text.strip()):
        try:
            return max(FIRST, now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}))
        except OverflowError:
            return FIRST
    try:
        return moment(text.strip(), "it")
    except InvalidEvent as error:
        raise ValueError(f"{error.message}; or say how long ago: 2h, 3d") from None


class When(click.ParamType):
    """The type of an option that takes a point in time.

    Parameters
    ----------
    now : what time it is
    """

    name = "time"

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ANN401 - click's own
        if isinstance(value, datetime):
            return value
        try:
            return when(str(value), self.now())
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Span(When):
    """The type of an option that takes two points in time: FROM..TO."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - click's own
        if isinstance(value, tuple):
            return value
        first, dots, last = str(value).partition("..")
        if not dots:
            self.fail(
                f"{value!r} is no span; write FROM..TO, each as RFC 3339 or how long ago: 9d..2d", param, ctx
            )
        return super().convert(first, param, ctx), super().convert(last, param, ctx)
