"""A check and what it finds; checks run at once, and none can hold up or break the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warn", "fail", "skip"]
Code = Literal[0, 1, 2, 3]

WRONG: Code = 1  # something is wrong: somebody must do something
CONFIGURATION: Code = 2  # the configuration cannot be used as it is
AWAY: Code = 3  # a dependency does not answer: it may come back by itself
LONGEST_S = 15.0  # what one check may take


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the answer.

    Attributes
    ----------
    name : what was looked at
    what : what was found, with its figure
    remedy : what to do about it, empty where nothing is to be done
    code : the exit code it asks for
    """

    name: str
    status: Status
    what: str
    remedy: str = ""
    code: Code = 0


def ok(name: str, what: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(name, "ok", what)


def warn(name: str, what: str, remedy: str) -> Finding:
    """Return that something works and should be looked after."""
    return Finding(name, "warn", what, remedy)


def fail(name: str, what: str, remedy: str, code: Code = WRONG) -> Finding:
    """Return that something is wrong."""
    return Finding(name, "fail", what, remedy, code)


def skip(name: str, why: str) -> Finding:
    """Return that something could not be looked at, or need not be here."""
    return Finding(name, "skip", why)


@dataclass(frozen=True, slots=True)
class Check:
    """One subject.

    Attributes
    ----------
    name : said where it comes to no end
    find : yields findings as it goes; may block and raise
    longest_s : what it may take
    """

    name: str
    find: Callable[[], Iterable[Finding]]
    longest_s: float = LONGEST_S


def examine(checks: Sequence[Check]) -> list[Finding]:
    """Run all checks at once and return what they found, in their order; never raises.

    What a check has found before it was stopped or failed counts.
    """
    began = time.monotonic()
    runs = [_Run(check) for check in checks]
    for run in runs:
        run.thread.start()
    return [finding for run in runs for finding in run.findings(began + run.check.longest_s)]


def exit_code(findings: Iterable[Finding]) -> Code:
    """Return the exit code of all: a bad configuration first, then what is away, then what is wrong."""
    codes = {finding.code for finding in findings}
    return next((code for code in (CONFIGURATION, AWAY, WRONG) if code in codes), 0)


class _Run:
    """One check in a thread of its own, which never keeps the process alive."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self.thread = threading.Thread(target=self._run, name=check.name, daemon=True)
        self._found: list[Finding] = []

    def _run(self) -> None:
        try:
            for finding in self.check.find():
                self._found.append(finding)
        except Exception as error:  # noqa: BLE001 - nobody foresaw it, and the other checks matter
            what = f"could not be looked at: {type(error).__name__}: {error}"
            self._found.append(warn(self.check.name, what, "run it again; if this stays, report this line"))

    def findings(self, end: float) -> list[Finding]:
        self.thread.join(max(0.0, end - time.monotonic()))
        found = list(self._found)
        if self.thread.is_alive():
            last = f", after: {found[-1].what}" if found else ""
            what = f"no answer within {self.check.longest_s:.0f} s{last}"
            remedy = "look for a server that hangs, or a firewall that swallows what is sent"
            found.append(fail(self.check.name, what, remedy, AWAY))
        return found
