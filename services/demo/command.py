"""`fmwatch demo`: the fleet's four weeks through the real pipeline, in a directory of its own."""

from __future__ import annotations

import json
import sys
import tempfile
import time
import webbrowser
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.advisor.catalogue import Catalogue
from services.config import Config
from services.demo.demo import Document, config, planned, run
from services.demo.demo import Progress as Told
from services.demo.fleet import fleet
from services.demo.incidents import Plan
from services.demo.served import served
from services.demo.story import tell
from services.document import document
from services.run import Embedded
from services.serve import listen
from store.queries import last_minute
from stream.feed import Feed, Place


def show(*, seed: int, days: int, incidents: str, open_page: bool, as_json: bool) -> None:
    """Run the demo and print its document or its story; with `open_page`, serve the console on it."""
    try:
        plan = planned(seed=seed, days=days, incidents=incidents, as_of=Catalogue.load().as_of)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    with (
        tempfile.TemporaryDirectory(prefix="fmwatch-demo-", ignore_cleanup_errors=True) as directory,
        Embedded(Path(directory), Config.parse(config(fleet())), lambda: plan.end) as embedded,
    ):
        with _bar(plan.days) as progress:
            found = run(plan, Pipeline(embedded, plan), progress=progress)
        if as_json:
            sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
        else:
            tell(found, sys.stdout)
        if open_page:
            listen(served(embedded), Path(directory), 0, opened=webbrowser.open)


class Pipeline:
    """Takes whole days of lines through log, step, store, watcher, alerter and advisor."""

    def __init__(self, embedded: Embedded, plan: Plan) -> None:
        self._embedded = embedded
        self._plan = plan

    def __call__(self, days: Iterable[Sequence[bytes]], /) -> Document:
        """Return the document of `replay --json`."""
        started = time.perf_counter()
        feed = self._feed()
        for day in days:
            feed.take(day)
            self._embedded.rollup.recompute()
            self._embedded.watch(_whole_minutes(last_minute(self._embedded.database)))
        self._embedded.watch(self._plan.end)
        advice = self._embedded.advise((self._plan.end - timedelta(days=1)).date())
        return document(self._embedded, feed.counts(), time.perf_counter() - started, advice)

    def _feed(self) -> Feed:
        embedded = self._embedded
        place = Place([], self._plan.end)
        feed = Feed(
            embedded.log, embedded.database, embedded.border, embedded.step_for, place, taken=embedded.taken
        )
        feed.begin()
        return feed


def _whole_minutes(minute: int | None) -> datetime:
    return datetime.fromtimestamp((minute or 0) * 60, UTC)


@contextmanager
def _bar(days: int) -> Iterator[Told | None]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("  day"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("days", total=days)
        yield lambda done, _: progress.update(task, completed=done)
