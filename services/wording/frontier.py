"""What a route's models cost and how well they answer: which are dominated, how surely, what nobody knows.

One is dominated by another that costs no more and has no more bad answers. Surely, where whole intervals say
so (they hold together, as each candidate has its share of the error) and both costs are measured here.
Without labels a model has no quality here; it dominates nothing, and nothing dominates it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from services.wording.numbers import digits
from services.wording.words import clip, listed


@dataclass(frozen=True, slots=True)
class Choice:
    """One model of a route: the one it uses, or one that may replace it.

    Attributes
    ----------
    usd_per_call : None where nobody prices it; basis : own_traffic where that is measured here, or price_list
    difference, low, high : share of bad answers minus the incumbent's, with its interval; None without labels
    pairs : labelled on both sides
    """

    name: str
    usd_per_call: float | None
    basis: str = "price_list"
    difference: float | None = None
    low: float = 0.0
    high: float = 0.0
    pairs: int = 0
    incumbent: bool = False

    @property
    def placed(self) -> bool:
        """Both are known."""
        return self.usd_per_call is not None and self.difference is not None


@dataclass(frozen=True, slots=True)
class Dominated:
    """By which other model, and whether intervals leave no doubt."""

    by: str
    surely: bool


class _Body(msgspec.Struct):
    choices: list[Choice] = []


_BODY = msgspec.json.Decoder(_Body)


def choices_of(body: str) -> tuple[Choice, ...]:
    """Return the choices that advice was stored with; none where there are none, or in another form."""
    try:
        return tuple(_BODY.decode(body).choices) if body else ()
    except msgspec.DecodeError:
        return ()


def dominated(choices: Sequence[Choice]) -> Mapping[str, Dominated]:
    """Return those that are dominated, by name; a sure one before others, then the cheapest.

    >>> dominated([Choice("a", 0.004, difference=0.0, incumbent=True),
    ...            Choice("b", 0.002, difference=-0.01, low=-0.03, high=0.01, pairs=400)])
    {'a': Dominated(by='b', surely=False)}
    """
    placed = [one for one in choices if one.placed]
    found = {}
    for one in placed:
        over = [(not _sure(other, one), _cost(other), other.name) for other in placed if _over(other, one)]
        if over:
            unsure, _, by = min(over)
            found[one.name] = Dominated(by, not unsure)
    return found


def lines(choices: Sequence[Choice]) -> list[str]:
    """Return a line for each, the cheapest first."""
    found = dominated(choices)
    return [_line(one, found.get(one.name)) for one in by_cost(choices)]


def by_cost(choices: Sequence[Choice]) -> list[Choice]:
    """Return them with the cheapest first, and what nobody prices last."""
    return sorted(choices, key=lambda one: (one.usd_per_call is None, _cost(one), one.name))


def told(choices: Sequence[Choice]) -> str:
    """Return one line on which are dominated; "" where no candidate has labels and a price."""
    if not any(one.placed and not one.incumbent for one in choices):
        return ""
    found = dominated(choices)
    parts = [f"{clip(name)} {verdict(over)}" for name, over in found.items()] or ["none is dominated"]
    unknown = tuple(one.name for one in choices if not one.placed)
    parts += [f"not placed: {listed(unknown)}"] if unknown else []
    return f"cost and quality: {'; '.join(parts)}"


def verdict(over: Dominated) -> str:
    """Return how sure it is that one is dominated."""
    by = clip(over.by)
    return f"surely dominated by {by}" if over.surely else f"dominated by {by} if estimates hold"


def _line(one: Choice, over: Dominated | None) -> str:
    parts = [quality(one), cost(one)]
    return f"{named(one)}: {'; '.join([*parts, verdict(over)] if over else parts)}"


def named(one: Choice) -> str:
    """Return its name on one line, and whether it is the one in use."""
    return clip(one.name) + (" (now)" if one.incumbent else "")


def quality(one: Choice) -> str:
    """Return how often it answers badly against the incumbent, in points; below 0 is better."""
    if one.incumbent:
        return "what the others are compared with"
    if one.difference is None:
        return (
            f"quality unknown ({one.pairs:,} labelled pairs are too few)" if one.pairs else "quality unknown"
        )
    low, middle, high = (100 * value for value in (one.low, one.difference, one.high))
    return f"bad answers {middle:+.1f} pt ({low:+.1f}..{high:+.1f}), n {one.pairs:,}"


def cost(one: Choice) -> str:
    """Return what a thousand calls cost, and how that is known."""
    if one.usd_per_call is None:
        return "cost unknown"
    basis = "measured here" if one.basis == "own_traffic" else "list price"
    return f"{digits(1_000 * one.usd_per_call)} USD per 1,000 calls ({basis})"


def _cost(one: Choice) -> float:
    return one.usd_per_call or 0.0


def _over(one: Choice, other: Choice) -> bool:
    mine, theirs = ((_cost(each), each.difference or 0.0) for each in (one, other))
    return mine != theirs and mine[0] <= theirs[0] and mine[1] <= theirs[1]


def _sure(one: Choice, other: Choice) -> bool:
    measured = one.basis == other.basis == "own_traffic"
    return measured and _over(one, other) and one.high <= other.low
