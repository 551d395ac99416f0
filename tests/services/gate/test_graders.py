from __future__ import annotations

import pytest

from services.gate.errors import GateError
from services.gate.golden import Case, Grader
from services.gate.graders import check, last_number

SCHEMA = {"type": "object", "required": ["days"], "properties": {"days": {"type": "integer", "maximum": 30}}}


@pytest.mark.parametrize(
    ("case", "answer", "why"),
    [
        (Case(expected="Five days."), " Five days.\n", ""),
        (Case(expected="Five days."), "five days.", "is not the expected text"),
        (Case(expected="five", grader="contains"), "It takes FIVE days", ""),
        (Case(expected=["five", "mail"], grader="contains"), "five days", "does not contain 'mail'"),
        (Case(expected=r"^\d+ days$", grader="regex"), "5 days", ""),
        (Case(expected=r"^\d+ days$", grader="regex"), "5 days or so", "does not match"),
        (Case(expected=42), "6 x 7 = 42.", ""),
        (Case(expected=42), "6 x 7 = 43", "says 43"),
        (Case(expected=1250.5, tolerance=0.1), "about 1,250.6 EUR", ""),
        (Case(expected=100, relative=0.05), "104", ""),
        (Case(expected=100, relative=0.05), "106", "says 106"),
        (Case(expected=0), "none", "has no number"),
        (Case(expected=42), "42 (Table1e, Source E1)", "says 1"),
        (Case(expected=42), "e9 E+1 it is", "says 1"),
        (Case(expected={"a": 1, "b": [True]}), '{"b": [true], "a": 1.0}', ""),
        (Case(expected={"a": 1}), '{"a": true}', "is another JSON value"),
        (Case(expected={"a": 1}), '```json\n{"a": 1}\n```', "is no JSON (it stands in a code fence)"),
        (Case(expected=SCHEMA, grader="schema"), '{"days": 5}', ""),
        (Case(expected=SCHEMA, grader="schema"), '{"days": 50}', "does not fit the schema at $.days"),
        (Case(expected=SCHEMA, grader="schema"), "five", "is no JSON"),
    ],
)
def test_check(case: Case, answer: str, why: str) -> None:
    """Each grader takes what is right, and says what is wrong."""
    found = check(case)
    assert found is not None
    said = found(answer)
    assert said.startswith(why) if why else said == ""


def test_usual() -> None:
    """A line's own grader goes before the one of the command, that before what expected looks like."""
    usual = check(Case(expected="five"), "contains")
    own = check(Case(expected="five", grader="exact"), "contains")
    assert usual is not None
    assert own is not None
    assert usual("in five days") == ""
    assert own("in five days") != ""
    assert check(Case(), "contains") is None


@pytest.mark.parametrize(
    ("expected", "grader", "said"),
    [
        ("(", "regex", "no regular expression"),
        ("5", "number", "needs a number"),
        (5, "exact", "needs a text"),
        ("x", "schema", "needs a JSON schema"),
        ({"type": "nonsense"}, "schema", "is no JSON schema"),
    ],
)
def test_senseless(expected: object, grader: Grader, said: str) -> None:
    """What a grader cannot compare with is refused, naming the line."""
    with pytest.raises(GateError, match="line 'x'") as error:
        check(Case(id="x", expected=expected, grader=grader))
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("text", "number"),
    [("-3.5e2 is it", -350.0), ("1,000,000", 1_000_000.0), ("a 7 then 8", 8.0), ("v.", None), ("", None)],
)
def test_last_number(text: str, number: float | None) -> None:
    """The last number of a text counts."""
    assert last_number(text) == number
