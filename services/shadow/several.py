"""`fmwatch shadow` with several candidates: who may still be chosen gets the requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from services.endpoint.budget import pico, usd
from services.endpoint.errors import EndpointAway, EndpointError
from services.shadow.allocation import Standing, portions, shares
from services.shadow.asking import Document, Model, Tools, printed, tools
from services.shadow.command import Asked, Shadow, labelling
from services.shadow.desk import Desk
from services.shadow.ending import wished
from services.shadow.errors import RefusedError, ShadowError
from store.pairs import Use, Watched

_TYPICAL = (4_000, 4, 500)  # bytes, turns and tokens out: by which money is divided among candidates


class _Lot(NamedTuple):
    """What one candidate gets of this run."""

    asked: Asked
    standing: Standing
    share: float


def run(
    data: Path, config_file: Path | None, candidates: Sequence[Model], asked: Asked, *, as_json: bool
) -> int:
    """Ask every candidate what it gets, and say what came of it; 0 where there are as many pairs as wanted.

    Parameters
    ----------
    asked : what all have in common; pairs and cap are those of all candidates together

    Raises
    ------
    ShadowError : a candidate is refused; raised when all are asked and what came of it is printed
    """
    with ExitStack() as stack:
        opened = [
            stack.enter_context(tools(data, config_file, asked.span.route, model, asked.means))
            for model in candidates
        ]
        found = ask_all([replace(asked, candidate=model) for model in candidates], opened)
    printed(found, _told(found, data), as_json=as_json)
    if refused := [f"{one['candidate']}: {one['why']}" for one in found["candidates"] if "why" in one]:
        raise ShadowError("; ".join(refused))
    return 0 if found["pairs"] >= asked.pairs else 1


def ask_all(each: Sequence[Asked], opened: Sequence[Tools]) -> Document:
    """Divide what is wanted among the candidates, ask them, and return what came of it."""
    with opened[0].opened() as place:
        use = each[0].span.use(place, each[0].incumbent)
        lots = _lots(each, opened, place, use)
    with wished() as ending:  # one for all: Ctrl-C means the command, not the candidate under way
        done = [_ask(lot, tools, ending) for lot, tools in zip(lots, opened, strict=True)]
    return {
        "tenant": use.tenant,
        "route": each[0].span.route,
        "incumbent": f"{use.platform}/{use.model}",
        "wanted": each[0].pairs,
        "pairs": sum(one["pairs"] for one in done),
        "spent_usd": sum(one["spent_usd"] for one in done),
        "cap_usd": each[0].means.cap_usd,
        "candidates": done,
    }


def _ask(lot: _Lot, tools: Tools, ending: Callable[[], bool]) -> Document:
    """Ask one candidate; one that is refused is reported with why, so that it does not keep the others back.

    What is away, or may have billed what it did not answer, is the endpoint that all share: that ends it.
    """
    shadow = Shadow(lot.asked, tools)
    more = {"share": round(lot.share, 4), **_labels(lot.standing)}
    try:
        return shadow.run(ending) | more
    except EndpointError as error:
        if error.paid or isinstance(error, EndpointAway):
            raise
        why = str(error)
    except RefusedError as error:
        why = str(error)
    return shadow.run(lambda: True) | more | {"state": "refused", "why": why}  # what it has from before


def _lots(each: Sequence[Asked], opened: Sequence[Tools], place: Desk, use: Use) -> list[_Lot]:
    """Divide the pairs that are still wanted, and the money for them, by what labels say so far."""
    so_far = [Shadow(one, tools).so_far(place, use) for one, tools in zip(each, opened, strict=True)]
    found = _standings(each, opened[0], place, use)
    given = shares(found)
    more = portions(max(each[0].pairs - sum(pairs for pairs, _ in so_far), 0), given)
    left = max(pico(each[0].means.cap_usd) - sum(spent for _, spent in so_far), 0)
    weights = [n * tools.tariff.most(*_TYPICAL) for n, tools in zip(more, opened, strict=True)]
    lots = []
    for one, (pairs, spent), standing, share, n, weight in zip(
        each, so_far, found, given, more, weights, strict=True
    ):
        cap = usd(spent + (left * weight // sum(weights) if sum(weights) else 0))
        asked = replace(one, pairs=pairs + n, share=share, means=replace(one.means, cap_usd=cap))
        lots.append(_Lot(asked, standing, share))
    return lots


def _standings(each: Sequence[Asked], tools: Tools, place: Desk, use: Use) -> list[Standing]:
    span = each[0].span
    margin = tools.config.route(span.route).quality
    wanted = Watched(
        use.tenant, span.route, span.since, span.until, use.platform, use.model, margin, len(each)
    )
    known = {
        Model(one.platform, one.model): Standing(one.labelled, one.difference, one.error, one.out)
        for one in place.standings(wanted)
    }
    return [known.get(one.candidate, Standing()) for one in each]


def _labels(one: Standing) -> Document:
    return {"labelled": one.labelled, "difference": one.difference, "error": one.error, "out": one.out}


def _told(found: Document, data: Path) -> Iterator[str]:
    yield (
        f"{found['pairs']:,} of {found['wanted']:,} pairs with {found['incumbent']} on {found['route']}, all "
        f"candidates together; spent {found['spent_usd']:.4f} of {found['cap_usd']:g} USD"
    )
    for one in found["candidates"]:
        if one["out"]:
            said = "surely worse than the route accepts: asked no more"
        elif one["difference"] is None:
            said = f"{one['labelled']:,} labels, nothing known yet"
        else:
            said = f"d {100 * one['difference']:+.1f} pt (n {one['labelled']:,})"
        yield (
            f"  {one['candidate']}: {one['pairs']:,} pairs, {one['answered']:,} now, "
            f"{one['share']:.0%} of the requests; {said}"
        )
        if one["state"] not in {"done", "no_more_calls"}:
            yield f"    ended early: {one['state']}" + (f" ({one['why']})" if "why" in one else "")
    if any(one["difference"] is not None for one in found["candidates"]):
        yield "Who leads was picked for leading: its difference looks better than it is; advice heeds that."
    yield f"{labelling(found['route'], data)}   then the same command again"
