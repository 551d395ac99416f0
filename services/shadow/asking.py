"""The work that `shadow` and `judge` share: what is asked of whom, at which price, and where answers go."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from detectors.platforms import platform_name
from services.catalogue.known import known_catalogue, price_book
from services.config import Config
from services.endpoint.budget import Budget, pico, usd
from services.endpoint.endpoint import Endpoint, key_of
from services.endpoint.pace import Pace
from services.endpoint.tariff import Tariff, told_price
from services.running import present
from services.shadow.desk import Desk, Kind, desk
from services.shadow.errors import ShadowError
from services.shadow.journal import Journal
from services.shadow.run import Counts, Run, State, Task
from services.wall import now
from store.pairs import Compared, Route, Use

Document = dict[str, Any]
Opened = Callable[[], AbstractContextManager[Desk]]

CHUNK = 200  # requests whose texts are in memory at once


class Model(NamedTuple):
    """A platform and what it calls its model."""

    platform: str
    model: str

    def __str__(self) -> str:
        return f"{self.platform}/{self.model}"

    @classmethod
    def of(cls, name: str, option: str) -> Model:
        """Return the model of PLATFORM/MODEL.

        Raises
        ------
        ShadowError : it names no platform, or no model
        """
        platform, _, model = name.partition("/")
        if not platform or not model or name != name.strip():
            raise ShadowError(f"{option} {name!r}: write PLATFORM/MODEL, for instance openai/gpt-5.4-mini")
        return cls(platform, model)


@dataclass(frozen=True, slots=True)
class Means:
    """How an endpoint is asked, as the command line says it.

    Attributes
    ----------
    name : of the model there, where it is another than ours
    key_env, key_file : hold the key
    cap_usd : what all runs of one comparison may cost together
    price : INPUT/OUTPUT in USD per million tokens, where no list has one
    most_tokens : of an answer
    """

    url: str
    cap_usd: float
    name: str = ""
    key_env: str = ""
    key_file: Path | None = None
    price: str = ""
    per_minute: float = 60.0
    at_once: int = 4
    most_tokens: int = 4096
    timeout_s: float = 120.0

    @contextmanager
    def endpoint(self) -> Iterator[Endpoint]:
        """Open the endpoint."""
        key = key_of(self.key_env, self.key_file)
        with Endpoint(self.url, key, Pace(self.per_minute), timeout_s=self.timeout_s) as found:
            yield found

    def tariff(self, config: Config, model: Model) -> Tariff:
        """Return what a model costs; raises EndpointError where nobody knows."""
        at = now()
        told = told_price(self.price, at) if self.price else None
        return Tariff(price_book(config, known_catalogue(config)), *model, at, told)


class Tools(NamedTuple):
    """What it takes to ask one model: what it costs, where it is, what was asked, and where answers go."""

    config: Config
    tariff: Tariff
    endpoint: Endpoint
    journal: Journal
    opened: Opened

    def work(self, kind: Kind, comparison: str, means: Means) -> Work:
        """Return one comparison's requests, to be sent and stored."""
        return Work(self.opened, self.journal, kind, comparison, means.cap_usd, means.at_once)


@contextmanager
def tools(data: Path, config_file: Path | None, route: str, model: Model, means: Means) -> Iterator[Tools]:
    """Open what it takes to send a route's texts to a model.

    Raises
    ------
    ShadowError : they may not go there
    EndpointError : nobody knows what it costs, or the endpoint cannot be asked so
    """
    config = Config.load(config_file)
    if not config.store.clickhouse:
        present(data)
    check_allowed(config, route, model)
    tariff = means.tariff(config, model)
    with means.endpoint() as endpoint, Journal(data) as journal:
        yield Tools(config, tariff, endpoint, journal, partial(desk, data, config))


def printed(found: Document, lines: Iterable[str], *, as_json: bool) -> None:
    """Print what came of it, as one document or as lines."""
    text = [json.dumps(found, ensure_ascii=False, indent=1)] if as_json else lines
    sys.stdout.writelines(f"{line}\n" for line in text)


@dataclass(frozen=True, slots=True)
class Span:
    """Which calls: of a route, a tenant (the only one, where none is named) and a time, in a seed's order."""

    route: str
    since: datetime
    until: datetime
    tenant: str = ""
    seed: str = "1"

    def use(self, desk: Desk, incumbent: Model | None) -> Use:
        """Return the model in use that is meant: the most used one, where none is named.

        Raises
        ------
        ShadowError : there is none, or it is not clear whose
        """
        found = self._uses(desk)
        if incumbent is None:
            return found[0]
        same = [use for use in found if (use.platform, use.model) == incumbent]
        if not same:
            names = ", ".join(f"{use.platform}/{use.model}" for use in found)
            raise ShadowError(f"--incumbent {incumbent} is not in use there; used are {names}")
        return same[0]

    def whose(self, desk: Desk) -> str:
        """Return the tenant; raises ShadowError where that is not clear."""
        return self._uses(desk)[0].tenant

    def compared(self, tenant: str, candidate: Model | None) -> Compared:
        """Return which pairs are meant; those of all candidates, where none is named."""
        platform, model = candidate or ("", "")
        return Compared(tenant, self.route, self.since, self.until, self.seed, platform, model)

    def _uses(self, desk: Desk) -> list[Use]:
        found = desk.uses(Route(self.route, self.since, self.until, self.tenant))
        if not found:
            raise ShadowError(
                f"no call on route {self.route!r} since {self.since:%Y-%m-%d %H:%M}; --from says since "
                "when, --route needs the whole name"
            )
        tenants = sorted({use.tenant for use in found})
        if len(tenants) > 1:
            raise ShadowError(
                f"route {self.route!r} belongs to {', '.join(tenants)}: say which with --tenant"
            )
        return found


@dataclass(frozen=True, slots=True)
class Work:
    """One comparison's requests, sent and stored.

    Attributes
    ----------
    opened : opens where calls are read and answers put; not held while the endpoint is asked
    kind : what the answers are
    comparison : under which the journal keeps them
    """

    opened: Opened
    journal: Journal
    kind: Kind
    comparison: str
    cap_usd: float
    at_once: int

    def done(
        self,
        requests: Sequence[str],
        tasks: Callable[[Desk, Sequence[str]], Sequence[Task]],
        title: str,
        ending: Callable[[], bool],
    ) -> tuple[State, Counts]:
        """Send the requests, some at a time, and store what is answered, whatever happens meanwhile.

        Parameters
        ----------
        tasks : reads what some of them take to be sent
        ending : whether somebody wants the end
        """
        budget = Budget(pico(self.cap_usd), self.journal.spent(self.comparison))
        state: State = "done"
        with _bar(title, len(requests), self.cap_usd) as told:
            run = Run(
                self.journal,
                self.comparison,
                budget,
                at_once=self.at_once,
                told=lambda counts: told(counts, usd(budget.spent)),
                ending=ending,
            )
            try:
                for start in range(0, len(requests), CHUNK):
                    with self.opened() as desk:
                        self.store(desk)
                        ready = tasks(desk, requests[start : start + CHUNK])
                    state = run.work(ready)
                    if state != "done":
                        break
            finally:
                if self.journal.waiting(self.comparison):
                    with self.opened() as desk:
                        self.store(desk)
        return state, run.counts

    def store(self, desk: Desk) -> None:
        """Put answers into the log that only the journal has; an earlier run may have left some."""
        waiting = self.journal.waiting(self.comparison)
        if waiting:
            desk.put(self.kind, [one.line for one in waiting])
            self.journal.stored(self.comparison, [one.request for one in waiting])


def check_allowed(config: Config, route: str, model: Model) -> None:
    """Refuse to send a route's prompts where they may not go.

    Raises
    ------
    ShadowError : the configuration names the platforms, and this is none of them
    """
    allowed = config.route(route).allow.platforms
    if allowed and platform_name(model.platform) not in {platform_name(name) for name in allowed}:
        raise ShadowError(
            f"the configuration lets route {route!r} run on {', '.join(allowed)} only, so its prompts are "
            f"not sent to {model.platform}; add it to allow.platforms if they may be"
        )


@contextmanager
def _bar(title: str, total: int, cap_usd: float) -> Iterator[Callable[[Counts, float], object]]:
    """Show on a terminal how far it is, and what it has cost."""
    console = Console(stderr=True)
    columns = (
        TextColumn(title),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[spent]:.4f} of {task.fields[cap]:g} USD"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=total, spent=0.0, cap=cap_usd)
        yield lambda counts, spent: bar.update(
            task, completed=counts.answered + sum(counts.refused.values()), spent=spent
        )
