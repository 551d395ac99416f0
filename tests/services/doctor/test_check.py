from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from services.doctor.check import (
    AWAY,
    CONFIGURATION,
    WRONG,
    Check,
    Finding,
    examine,
    exit_code,
    fail,
    ok,
    skip,
    warn,
)


def test_order() -> None:
    """What is found comes in the order of the checks, whichever is done first."""
    second = threading.Event()

    def slow() -> Iterator[Finding]:
        second.wait(10)
        yield ok("a", "late")

    def fast() -> Iterator[Finding]:
        yield ok("b", "early")
        second.set()

    assert [one.name for one in examine([Check("a", slow), Check("b", fast)])] == ["a", "b"]


def test_hangs() -> None:
    """A check that comes to no end is away; what it had found counts, and the others are not held up."""
    never = threading.Event()

    def hangs() -> Iterator[Finding]:
        yield ok("server", "answers")
        never.wait()

    findings = examine([Check("server", hangs, longest_s=0.1), Check("b", lambda: [ok("b", "fine")])])
    never.set()
    assert [(one.name, one.status) for one in findings] == [("server", "ok"), ("server", "fail"), ("b", "ok")]
    assert "no answer" in findings[1].what
    assert exit_code(findings) == AWAY


def test_raises() -> None:
    """An exception nobody foresaw is a warning that says it; the others are found."""

    def breaks() -> Iterator[Finding]:
        yield ok("a", "fine")
        raise KeyError("x")

    first, second, third = examine([Check("a", breaks), Check("b", lambda: [ok("b", "fine")])])
    assert (first.status, second.status, third.status) == ("ok", "warn", "ok")
    assert "KeyError: 'x'" in second.what


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([], 0),
        ([ok("a", ""), warn("a", "", ""), skip("a", "")], 0),
        ([warn("a", "", ""), fail("a", "", "")], WRONG),
        ([fail("a", "", ""), fail("a", "", "", AWAY)], AWAY),
        ([fail("a", "", "", AWAY), fail("a", "", "", CONFIGURATION), fail("a", "", "")], CONFIGURATION),
    ],
)
def test_exit_code(findings: list[Finding], code: int) -> None:
    """A bad configuration goes before what is away, and that before what is wrong; warnings are no reason."""
    assert exit_code(findings) == code
