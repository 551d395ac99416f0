"""`fmwatch rules check, backtest, test-fire`: from the options to what is printed and the exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Literal

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from detectors.monitors.base import Leaf
from services.alerter.trial import Outcome, Tried, trials
from services.config import Config
from services.reach import reached
from services.rules import backtest_told, check_told
from services.rules.backtest import Progress as Told
from services.rules.backtest import look_back
from services.rules.check import check
from services.rules.history import History, StoreHistory, moment
from services.rules.remote import PATIENCE_S, ServerHistory
from services.wall import now
from services.wiring import check_built, receivers
from services.wording.words import one_line
from stream.sqlite_log import FILE

FLEET = timedelta(days=30)  # whoever was called within it belongs to the fleet
Code = Literal[0, 1, 3]

BAD: Code = 1
AWAY: Code = 3


def show_check(data: Path, config_file: Path | None, *, as_json: bool) -> Code:
    """Print what the rules mean for the fleet; 1 where something is not as it will have been meant."""
    config = Config.load(config_file)
    check_built(config)
    found = check(config, _fleet(data, config))
    if as_json:
        _document(check_told.document(found))
    else:
        _say(check_told.lines(found))
    return BAD if found.warnings else 0


def show_backtest(data: Path, config_file: Path | None, days: int, *, as_json: bool) -> None:
    """Print what the rules would have done with the calls of the last days."""
    config = Config.load(config_file)
    check_built(config)
    with _history(data, config) as history, _bar() as told:
        found = look_back(history, config, days, told)
    if as_json:
        _document(backtest_told.document(found))
    else:
        _say(backtest_told.lines(found))


def show_test_fire(config_file: Path | None, names: tuple[str, ...], *, as_json: bool) -> Code:
    """Send a marked alert and its end through receivers, and print what became of both."""
    config = Config.load(config_file)
    check_built(config)
    known = receivers(config, now)
    if unknown := [name for name in names if name not in known]:
        raise click.UsageError(f"there is no receiver {unknown[0]!r}; there is {', '.join(sorted(known))}")
    chosen = names or tuple(config.receivers) or tuple(known)
    tried = trials({name: known[name] for name in chosen}, now())
    if as_json:
        _document({"tried": [_tried(one) for one in tried]})
    else:
        _say(_line(one) for one in tried)
    outcomes = {one.outcome for one in tried}
    return BAD if "refused" in outcomes else AWAY if "away" in outcomes else 0


def _fleet(data: Path, config: Config) -> Mapping[Leaf, str]:
    """Return the fleet that the store knows; an empty one where there is no store yet."""
    if not config.store.clickhouse and not (data / FILE).exists():
        return {}
    with _history(data, config) as history:
        span = history.span()
        if span is None:
            return {}
        end = moment(span[1])
        return history.fleet(end - FLEET, end)


def _history(data: Path, config: Config) -> AbstractContextManager[History]:
    return reached(data, config, store=StoreHistory, server=ServerHistory, patience_s=PATIENCE_S)


@contextmanager
def _bar() -> Iterator[Told]:
    """Show on a terminal how far the look back has come."""
    console = Console(stderr=True)
    columns = (TextColumn("  looking back"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("backtest", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _tried(one: Tried) -> Mapping[str, object]:
    return {"receiver": one.receiver, "kind": one.kind, "outcome": one.outcome, "said": one.said}


_WORDS: Mapping[Outcome, str] = {
    "sent": "took it",
    "dropped": "has no word for it",
    "away": "does not answer",
    "refused": "refuses it",
}


def _line(one: Tried) -> str:
    what = "the alert" if one.kind == "fire" else "that it is over"
    return one_line(f"{one.receiver}: {what}: {_WORDS[one.outcome]}{f': {one.said}' if one.said else ''}")


def _document(document: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def _say(lines: Iterator[str]) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
