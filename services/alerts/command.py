"""`fmwatch alerts`: list them, say something of them, and see what is not watched yet."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from rich.console import Console

from services.alerter.word import Verb, check_said
from services.alerts import told
from services.alerts.desk import answers, desk

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which alerts, or series, are meant; globs, and empty for all.

    Attributes
    ----------
    state : of an alert also "open", and "muted"
    """

    state: str = ""
    team: str = "*"
    route: str = "*"
    severity: str = ""
    signal: str = "*"

    def alert(self, alert: Document) -> bool:
        """Tell whether an alert is meant; by route where any affected one is."""
        routes = alert["routes"] or [alert["route"]]
        states = {alert["state"]}
        states |= {"open"} if alert["state"] != "resolved" else set()
        states |= {"muted"} if alert["muted"] else set()
        return (
            (not self.state or self.state in states)
            and self.severity in ("", alert["severity"])
            and any(fnmatchcase(team, self.team) for team in alert["teams"] or [alert["team"]])
            and fnmatchcase(alert["signal"], self.signal)
            and any(fnmatchcase(route, self.route) for route in routes)
        )

    def series(self, row: Document) -> bool:
        """Tell whether a series is meant."""
        pairs = ((row["team"], self.team), (row["route"], self.route), (row["signal"], self.signal))
        return self.state in ("", row["state"]) and all(fnmatchcase(*pair) for pair in pairs)


def show_list(data: Path, config_file: Path | None, asked: Asked, days: int, *, as_json: bool) -> None:
    """Print the alerts that are meant, the newest last, and how true those of the last month were.

    Parameters
    ----------
    days : for which those are listed that are over
    """
    with answers(data, config_file) as source:
        found, truth = source.alerts(days), source.truth()
    chosen = sorted((one for one in found if asked.alert(one)), key=lambda one: str(one["began_at"]))
    if as_json:
        _print_json({"alerts": chosen, "false_alarms": truth})
    else:
        _print(told.listing(chosen, truth))


def say(
    data: Path, config_file: Path | None, ids: Sequence[str], verb: Verb, *, by: str, note: str, as_json: bool
) -> None:
    """Say the same of all these alerts, or of none, and print what became of each.

    Raises
    ------
    Unclear : it cannot be said of one of them, so nothing was said
    StoreUnavailable : what is printed was said, the rest was not
    """
    check_said(by, note)
    done: list[Document] = []
    with desk(data, config_file) as opened:
        meant = dict.fromkeys(opened.about(each, verb) for each in dict.fromkeys(ids))
        try:
            for each in meant:
                done.append(opened.say(each, verb, by, note))  # noqa: PERF401 -- what was said stays where one fails
        finally:
            _print_said(done, as_json=as_json)


def _print_said(done: Sequence[Document], *, as_json: bool) -> None:
    if as_json:
        _print_json({"alerts": [{**one["alert"], "heard": one["heard"]} for one in done]})
    else:
        _print(told.said(one) for one in done)


def show_series(data: Path, config_file: Path | None, asked: Asked, *, as_json: bool) -> None:
    """Print which series are watched, and which cannot be yet."""
    with answers(data, config_file) as source:
        found = [row for row in source.series() if asked.series(row)]
    if as_json:
        _print_json({"states": told.counts(found), "series": found})
    else:
        _print(told.series(found))


def _print_json(document: Document) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def _print(lines: Iterable[str]) -> None:
    out = Console(highlight=False, soft_wrap=True)
    for line in lines:
        out.print(line)
