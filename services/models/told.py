"""The models in use, as one table on a screen of 100 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from textwrap import wrap
from typing import Any

from services.wording.numbers import UNKNOWN, between, count, digits, percent
from services.wording.words import one_line

WIDTH = 100
_MODEL = 28
_OWNER = 15

Document = Mapping[str, Any]


def told(found: Document) -> Iterator[str]:
    """Say of each model in one line where it stands, what it takes, how it does, and whose it is."""
    models: Sequence[Document] = found["models"]
    if not models:
        yield f"No calls in the {found['days']} days up to {found['on']}."
    else:
        yield (
            f"{'state':<10} {'left':>7} {'model':<{_MODEL}} {'calls':>5} {'USD':>8} "
            f"{'unsupported (95 %)':<21} owner"
        )
        several = len({one["tenant"] for one in models}) > 1
        for one in models:
            yield from _row(one, several=several)
        yield from _foot(found)
    for one in found["idle_endpoints"]:
        name = f"{one['platform']}/{one['model']}"
        yield f"{name} costs {one['hourly_usd']:g} USD an hour, and nobody calls it."


def _row(one: Document, *, several: bool) -> Iterator[str]:
    """Yield the line of a model; long names go on below."""
    tenant = f"{one['tenant']}: " if several else ""
    name, *names = _folded(f"{tenant}{one['platform']}/{one['model']}", _MODEL)
    owner, *owners = _folded(", ".join(one["owners"] or one["teams"]) or UNKNOWN, _OWNER)
    yield (
        f"{one['life']['state']:<10} {_left(one['life']):>7} {name:<{_MODEL}} "
        f"{percent(one['share_of_traffic']):>5} {_spend(one):>8} {_bad(one['unsupported']):<21} {owner}"
    )
    for more, whose in zip_longest(names, owners, fillvalue=""):
        yield f"{'':<18} {more:<{_MODEL}} {'':<36} {whose}".rstrip()


def _left(life: Document) -> str:
    if life["days_left"] is not None and life["days_left"] <= 0:
        return "ended"
    if life["days_left"] is not None:
        return f"{count(life['days_left'])} d"
    if life["known_days"] is None:
        return UNKNOWN
    return "any day" if life["known_days"] <= 0 else f"> {count(life['known_days'])} d"


def _spend(one: Document) -> str:
    """Return what calls cost; of an endpoint that costs by the hour, their part of its hours."""
    if one["endpoint_usd"] is not None:
        return f"{digits(one['endpoint_usd'])}h"
    if one["spend_usd"] is None:
        return f"{one['hourly_usd']:g}/h" if one["hourly_usd"] is not None else UNKNOWN
    return digits(one["spend_usd"]) + ("+" if one["unpriced"] else "")


def _bad(rate: Document) -> str:
    if not rate["n"]:
        return UNKNOWN
    return f"{percent(rate['ratio'])} ({between(*rate['interval'])}) {_thousands(rate['n'])}"


def _thousands(n: int) -> str:
    return count(n) if n < 10_000 else f"{n / 1000:,.0f}k"  # noqa: PLR2004 - as wide as the column


def _folded(text: str, width: int) -> list[str]:
    return wrap(one_line(text), width, break_on_hyphens=False) or [UNKNOWN]


def _foot(found: Document) -> Iterator[str]:
    yield ""
    yield from wrap(
        f"{found['days']} days up to {found['on']}; lifecycles of catalogue {found['catalogue']}. left: days "
        "to an announced end, > so many that it is promised or listed to live. calls: share of them. USD: of "
        "calls with a price; + some have none, h their part of the hours of an endpoint that runs all these "
        "days. unsupported: answers that say "
        "what their context does not, 95 % interval, of so many judged.",
        WIDTH,
    )
