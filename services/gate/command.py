"""`fmwatch gate`: from the options to what is printed and written, and the exit code."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from detectors.rates import Rates, Unpriced
from services.advisor.catalogue import Catalogue
from services.catalogue.known import known_catalogue, price_book
from services.config import Config
from services.gate.asked import SIDES, Sides, asked
from services.gate.document import Asked, Document, document
from services.gate.endpoint import Endpoint, Purse
from services.gate.errors import GateError
from services.gate.golden import Answer, Case, Grader, read_answers, read_set
from services.gate.graders import check
from services.gate.junit import junit
from services.gate.told import lines, markdown
from services.gate.verdict import Terms, verdict
from services.wall import now

Code = Literal[0, 1, 4]
_RatesOf = Callable[[str, str], Rates | Unpriced]
INSUFFICIENT: Code = 4
CODES: Mapping[str, Code] = {"pass": 0, "fail": 1, "insufficient": INSUFFICIENT}


class Gate(NamedTuple):
    """What is asked for.

    Attributes
    ----------
    incumbent : platform/model, "" where the set's answers are enough
    margin : None for the route's own
    """

    route: str
    candidate: str
    set: Path
    answers: Path | None = None
    incumbent: str = ""
    margin: float | None = None
    tried: int = 1
    grader: Grader | None = None


class Asking(NamedTuple):
    """Where answers that are missing come from; url "" for nowhere."""

    url: str = ""
    cap_usd: float = 1.0
    key_variable: str = "OPENAI_API_KEY"


class Files(NamedTuple):
    """What is written beside what is printed."""

    junit: Path | None = None
    markdown: Path | None = None


def run(config_file: Path | None, gate: Gate, asking: Asking, files: Files, *, as_json: bool) -> Code:
    """Decide, print, write, and return the exit code."""
    found = decided(Config.load(config_file), gate, asking, now())
    if files.junit:
        files.junit.write_bytes(junit(found))
    if files.markdown:
        files.markdown.write_text(markdown(found), encoding="utf-8")
    if as_json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines(found))
    return CODES[found["outcome"]]


def decided(config: Config, gate: Gate, asking: Asking, at: datetime) -> Document:
    """Return what the gate says.

    Raises
    ------
    GateError : the set, the answers or the endpoint cannot be used
    ConfigError, CatalogueError : the configuration names a catalogue that is none
    """
    cases = read_set(gate.set)
    given = read_answers(gate.answers, cases) if gate.answers else {}
    checks = {case.id: check(case, gate.grader) for case in cases}
    catalogue = known_catalogue(config, at.date())
    obstacles, notes = _standing(config, gate, catalogue, at)
    margin = config.route(gate.route).quality if gate.margin is None else gate.margin
    terms = Terms(margin, gate.margin is not None, gate.tried, obstacles)
    with ExitStack() as stack:
        purse = Purse(asking.cap_usd)
        prices = price_book(config, catalogue)
        endpoints = _endpoints(gate, asking, purse, lambda platform, model: prices.rates(platform, model, at))
        for one in endpoints.values():
            stack.callback(one.close)
        sides = Sides.of(cases, given, endpoints)
        told = stack.enter_context(_bar(cases, sides.known, list(endpoints)))
        judged, planned, capped = asked(sides, cases, checks, terms, told)
    spent = (purse.spent_usd, purse.cap_usd, capped) if endpoints else (None, None, False)
    said = Asked(gate.route, gate.incumbent, gate.candidate, str(gate.set), *spent)
    return document(said, terms, verdict(judged, planned, terms), judged, of=len(cases), notes=notes)


def _endpoints(gate: Gate, asking: Asking, purse: Purse, rates: _RatesOf) -> dict[str, Endpoint]:
    """Return who is asked: the candidate, and the incumbent where it is named.

    Parameters
    ----------
    rates : what a model costs now, by platform and model
    """
    if not asking.url:
        return {}
    key = os.environ.get(asking.key_variable, "")
    found = {}
    for side, name in zip(SIDES, (gate.incumbent, gate.candidate), strict=True):
        if not name:
            continue
        platform, model = split(name)
        price = rates(platform, model)
        if isinstance(price, Unpriced) or None in (price.input, price.output):
            raise GateError(
                f"no price of {name} is known, so no cap can hold: write one into prices of the "
                "configuration (0 for an endpoint of your own)"
            )
        found[side] = Endpoint(asking.url, model, price, purse, key=key)
    return found


def split(name: str) -> tuple[str, str]:
    """Return platform and model of a name; raises GateError for anything else."""
    platform, _, model = name.partition("/")
    if not (platform and model):
        raise GateError(f"{name!r} names no model: write platform/model, for instance openai/gpt-5.4-mini")
    return platform, model


def _standing(
    config: Config, gate: Gate, catalogue: Catalogue, at: datetime
) -> tuple[tuple[str, ...], list[str]]:
    """Return why the candidate may not serve the route at all, and what else is to be known of it."""
    platform, model = split(gate.candidate)
    allow = config.route(gate.route).allow
    allowed = [catalogue.platform(name) for name in allow.platforms]
    obstacles = []
    if allowed and not any(fnmatchcase(catalogue.platform(platform), name) for name in allowed):
        obstacles.append(f"{gate.route} may not run on {platform}: allow.platforms is {', '.join(allowed)}")
    life = catalogue.status(platform, model, at.date())
    if life.leaving:
        obstacles.append(
            f"{gate.candidate} is itself {life.state}" + (f", ends {life.ends}" if life.ends else "")
        )
    notes = []
    if allow.regions:
        notes.append(f"{gate.route} may run in {', '.join(allow.regions)} only: see to it that this one does")
    if life.state == "unknown":
        notes.append(f"the catalogue does not say whether {gate.candidate} is supported")
    elif life.known_days is not None and not life.leaving:
        notes.append(f"{gate.candidate} is known to live {life.known_days} d")
    return tuple(obstacles), notes


@contextmanager
def _bar(
    cases: list[Case], known: Mapping[str, Mapping[str, Answer]], sides: list[str]
) -> Iterator[Callable[[], None]]:
    """Show on a terminal how many answers are still to come."""
    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    total = sum(len(cases) - len(known[side]) for side in sides)
    shown = console.is_terminal and total
    with Progress(*columns, console=console, transient=True, disable=not shown) as bar:
        task = bar.add_task("gate", total=total)
        yield lambda: bar.advance(task)
