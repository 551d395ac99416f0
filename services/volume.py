"""How much is called, as a person types it: tokens of one call as 3000/400, calls as 1e6/month."""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

import click

HOURS_OF_A_MONTH = 730.0
_TOKENS = re.compile(r"(\d{1,9})/(\d{1,9})")
_PER = {"hour": HOURS_OF_A_MONTH, "day": HOURS_OF_A_MONTH / 24, "week": HOURS_OF_A_MONTH / 168, "month": 1.0}


class Tokens(NamedTuple):
    """Tokens of one call."""

    input: int
    output: int

    def __str__(self) -> str:
        return f"{self.input}/{self.output}"


def tokens(text: str) -> Tokens:
    """Return the tokens that a text means.

    Raises
    ------
    ValueError : it means none

    >>> tokens("3000/400")
    Tokens(input=3000, output=400)
    """
    found = _TOKENS.fullmatch(text.strip())
    if not found or not int(found[1]):
        raise ValueError(f"{text!r} is not tokens in and out of one call, such as 3000/400")
    return Tokens(int(found[1]), int(found[2]))


def calls_per_month(text: str) -> float:
    """Return the calls a month that a text means.

    Raises
    ------
    ValueError : it means none

    >>> calls_per_month("1e6/month"), round(calls_per_month("1000/day"))
    (1000000.0, 30417)
    """
    number, _, unit = text.strip().partition("/")
    try:
        found = float(number) * _PER[unit]
    except (ValueError, KeyError):
        found = math.nan
    if not 0 < found < math.inf:
        raise ValueError(f"{text!r} is not calls and per {', '.join(_PER)}, such as 1e6/month")
    return found


class TokensType(click.ParamType):
    """The type of an option that takes the tokens of one call."""

    name = "in/out"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Tokens:  # noqa: ANN401 - click's own
        if isinstance(value, Tokens):
            return value
        try:
            return tokens(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class VolumeType(click.ParamType):
    """The type of an option that takes calls a month."""

    name = "calls/month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401 - click's own
        if isinstance(value, float):
            return value
        try:
            return calls_per_month(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
