"""`fmwatch gate`: from the options to what is printed and written, and the exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from services.advisor.catalogue import Catalogue
from services.catalogue.known import known_catalogue, price_book
from services.config import Config
from services.endpoint.budget import Budget, pico, usd
from services.endpoint.endpoint import OTHER_LIMIT, Endpoint, key_of
from services.endpoint.pace import Pace
from services.endpoint.tariff import Tariff
from services.gate.asked import SIDES, Sides, asked
from services.gate.document import Asked, Document, document
from services.gate.errors import GateError
from services.gate.golden import Answer, Case, Grader, read_answers, read_set
from services.gate.graders import check
from services.gate.junit import junit
from services.gate.model import Model
from services.gate.told import lines, markdown
from services.gate.verdict import Terms, verdict
from services.wall import now

Code = Literal[0, 1, 4]
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
    key_env: str = ""
    key_file: Path | None = None
    per_minute: float = 60.0
    timeout_s: float = 120.0


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
    GateError : the set or the answers cannot be used
    EndpointError : the endpoint cannot be asked, EndpointAway : not now
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
        budget = Budget(pico(asking.cap_usd))
        tariff = partial(Tariff, price_book(config, catalogue))
        models = _models(gate, asking, budget, lambda platform, model: tariff(platform, model, at), stack)
        sides = Sides.of(cases, given, models)
        told = stack.enter_context(_bar(cases, sides.known, list(models)))
        judged, planned, capped = asked(sides, cases, checks, terms, told)
    spent = (usd(budget.spent), asking.cap_usd, capped) if models else (None, None, False)
    said = Asked(gate.route, gate.incumbent, gate.candidate, str(gate.set), *spent)
    return document(said, terms, verdict(judged, planned, terms), judged, of=len(cases), notes=notes)


def _models(
    gate: Gate, asking: Asking, budget: Budget, tariff: Callable[[str, str], Tariff], stack: ExitStack
) -> dict[str, Model]:
    """Return who is asked: the candidate, and the incumbent where it is named.

    Parameters
    ----------
    tariff : what a model costs now, by platform and model
    stack : closes the connections
    """
    if not asking.url:
        return {}
    named = {
        side: split(name) for side, name in zip(SIDES, (gate.incumbent, gate.candidate), strict=True) if name
    }
    tariffs = {side: tariff(*name) for side, name in named.items()}
    key, pace = key_of(asking.key_env, asking.key_file), Pace(asking.per_minute)
    found = {}
    for side, (_, model) in named.items():
        endpoint = Endpoint(asking.url, key, pace, timeout_s=asking.timeout_s, other_names=OTHER_LIMIT)
        found[side] = Model(model, stack.enter_context(endpoint), tariffs[side], budget)
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
