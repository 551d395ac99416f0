"""`fmwatch replay`: a person's own files through the whole pipeline, in the files' own time."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from services.advisor.render import render
from services.alerter.alert import Alert
from services.alerter.receivers.console import line
from services.config import Config
from services.demo.story import plain
from services.document import document, fired
from services.run import Embedded
from services.wall import now
from stream.feed import ReplayCounts, forget
from stream.importers.formats import sources as made
from stream.importers.names import Format
from stream.importers.source import Imported, passed_over
from stream.replay import Progress as Told
from stream.replay import Replay
from stream.sources import Source, discard, readable

MINUTE = timedelta(minutes=1)


def show(
    files: Sequence[str],
    data: Path,
    config_file: Path | None,
    *,
    format_: Format | None,
    notify: bool,
    as_json: bool,
) -> None:
    """Replay the files and print the document, or in words what became of them and what was found."""
    config = Config.load(config_file)
    readable(files)
    started = time.perf_counter()
    with Embedded(data, config, now, notify=timedelta.max if notify else None) as embedded:
        sources = made(files, data, format_)
        with bar() as progress:
            counts = take_in(embedded, sources, progress)
        advice = embedded.advise(counts.now.date())
        found = document(embedded, counts, time.perf_counter() - started, advice)
        found["passed_over"] = passed_over(sources)
        if as_json:
            sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
        else:
            say(told_of(sources))
            _tell(counts, fired(embedded), [render(one) for one in advice], data)
        # Last: killed before this, the same command goes on and prints the same.
        forget(embedded.log)
        discard(data)


def take_in(embedded: Embedded, sources: Sequence[Source], progress: Told | None = None) -> ReplayCounts:
    """Store what the sources hold and watch its minutes; it goes on and ends the same until `forget`."""
    replay = Replay(
        embedded.log,
        embedded.database,
        embedded.border,
        embedded.step_for,
        progress=progress,
        taken=embedded.taken,
    )
    counts = replay.run(sources)
    embedded.clock = lambda: counts.now
    embedded.rollup.recompute()
    embedded.watch(counts.now + MINUTE)
    embedded.deliver()
    return counts


def told_of(sources: Sequence[Source]) -> Iterator[str]:
    """Tell which files were read as what, and what in them is no call."""
    for source in sources:
        if isinstance(source, Imported):
            yield f"{source.name} is read as {source.format}"
    for what, n in passed_over(sources).items():
        yield f"  passed over {n:,} {what}: they are no calls to a model"


def say(lines: Iterable[str]) -> None:
    """Print lines as they are."""
    out = Console(highlight=False, soft_wrap=True)
    for text in lines:
        out.print(plain(text))


def _tell(counts: ReplayCounts, alerts: Sequence[Alert], advice: Sequence[str], data: Path) -> None:
    out = Console(highlight=False, soft_wrap=True)
    out.print(
        f"stored {counts.stored:,} + duplicates {counts.duplicates:,} + dead letters {counts.dead_letters:,}"
        f" = {counts.events:,} events"
    )
    for reason, n in sorted(counts.dead_letter_reasons.items()):
        out.print(f"  warning: {n:,} lines are dead letters: {reason.replace('_', ' ')}")
    if counts.dead_letters:
        out.print(f"  see them: fmwatch dead-letters list --data {plain(data)}")
    out.print(f"[bold]{len(alerts)} alerts[/]" if alerts else "No alerts.")
    for alert in alerts:
        out.print("  " + plain(line("fire", alert)))
    for text in advice:
        out.print("\n" + "\n".join(plain(row) for row in text.splitlines()))
    out.print(f"\nNext  fmwatch up --data {plain(data)}   opens the page on all of this")


@contextmanager
def bar() -> Iterator[Told | None]:
    """Show on a terminal how far a replay is; yield what is told of it, None where nobody looks."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[events]:,} events"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("replay", total=None, events=0)
        yield lambda done, total, events: bar.update(task, completed=done, total=total, events=events)
