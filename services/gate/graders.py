"""Whether an answer is what was expected: by its text, its numbers or its JSON; no model is asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from services.gate.errors import GateError
from services.gate.golden import Case, Grader

_NUMBER = re.compile(r"[-+]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?")
_FENCE = "```"
_EXACT = 2**53  # whole numbers below are the same as a float

Check = Callable[[str], str]  # an answer -> why it is bad, "" where it is good


def check(case: Case, usual: Grader | None = None) -> Check | None:
    """Return what judges answers to a line; None where only people can.

    Parameters
    ----------
    usual : the grader of lines that name none; by default what `expected` looks like

    Raises
    ------
    GateError : `expected` is nothing that the grader can compare with
    """
    if case.expected is msgspec.UNSET:
        return None
    name = case.grader or usual or _like(case.expected)
    try:
        return _CHECKS[name](case)
    except ValueError as error:
        raise GateError(f"line {case.id!r}: {error}") from error


def _like(expected: object) -> Grader:
    if isinstance(expected, str):
        return "exact"
    number = isinstance(expected, (int, float)) and not isinstance(expected, bool)
    return "number" if number else "json"


def _exact(case: Case) -> Check:
    wanted = _text(case.expected)
    return lambda answer: "" if answer.strip() == wanted.strip() else "is not the expected text"


def _contains(case: Case) -> Check:
    parts = case.expected if isinstance(case.expected, list) else [case.expected]
    wanted = [_text(part).casefold() for part in parts]

    def lacking(answer: str) -> str:
        folded = answer.casefold()
        return "; ".join(f"does not contain {part!r}" for part in wanted if part not in folded)

    return lacking


def _regex(case: Case) -> Check:
    try:
        pattern = re.compile(_text(case.expected))
    except re.error as error:
        raise ValueError(f"expected is no regular expression: {error}") from error
    return lambda answer: "" if pattern.search(answer) else f"does not match {pattern.pattern!r}"


def _number(case: Case) -> Check:
    if isinstance(case.expected, bool) or not isinstance(case.expected, (int, float)):
        raise ValueError(f"grader number needs a number, and expected is {_short(case.expected)}")  # noqa: TRY004 - one kind of error
    wanted = float(case.expected)
    allowed = max(case.tolerance, case.relative * abs(wanted))

    def off(answer: str) -> str:
        said = last_number(answer)
        if said is None:
            return "has no number"
        # A tolerance of .1 means .1, however that is written in binary.
        return "" if abs(said - wanted) <= allowed + 1e-9 * max(1.0, abs(wanted)) else f"says {said:g}"

    return off


def last_number(text: str) -> float | None:
    """Return the last number of a text, where answers have their result; thousands may have commas.

    >>> last_number("6 x 7 is 42."), last_number("about 1,250.5 EUR"), last_number("none")
    (42.0, 1250.5, None)
    """
    found = _NUMBER.findall(text)
    return float(found[-1].replace(",", "")) if found else None


def _json(case: Case) -> Check:
    wanted = msgspec.json.encode(case.expected, order="deterministic")

    def other(answer: str) -> str:
        found, problem = _parsed(answer)
        if problem:
            return problem
        same = msgspec.json.encode(_floats(found), order="deterministic") == msgspec.json.encode(
            _floats(msgspec.json.decode(wanted)), order="deterministic"
        )
        return "" if same else "is another JSON value than expected"

    return other


def _schema(case: Case) -> Check:
    from jsonschema import SchemaError  # noqa: PLC0415 - loaded when a line asks for it
    from jsonschema.validators import validator_for  # noqa: PLC0415

    if not isinstance(case.expected, dict):
        raise ValueError(f"grader schema needs a JSON schema, and expected is {_short(case.expected)}")  # noqa: TRY004 - one kind of error
    kind = validator_for(case.expected)
    try:
        kind.check_schema(case.expected)
    except SchemaError as error:
        raise ValueError(f"expected is no JSON schema: {error.message}") from error
    validator = kind(case.expected)

    def unfit(answer: str) -> str:
        found, problem = _parsed(answer)
        if problem:
            return problem
        error = next(iter(sorted(validator.iter_errors(found), key=str)), None)
        return f"does not fit the schema at {error.json_path}: {error.message}" if error else ""

    return unfit


_CHECKS: Mapping[Grader, Callable[[Case], Check]] = {
    "exact": _exact,
    "contains": _contains,
    "regex": _regex,
    "number": _number,
    "json": _json,
    "schema": _schema,
}


def _parsed(answer: str) -> tuple[Any, str]:
    """Return the JSON of an answer, or why it is none: what a program that reads it would meet."""
    try:
        return msgspec.json.decode(answer.strip().encode()), ""
    except (msgspec.DecodeError, UnicodeEncodeError):
        fenced = " (it stands in a code fence)" if answer.strip().startswith(_FENCE) else ""
        return None, f"is no JSON{fenced}"


def _floats(value: object) -> object:
    """Return the value with 1 and 1.0 alike, as JSON means them."""
    if isinstance(value, Mapping):
        return {name: _floats(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_floats(one) for one in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _EXACT:
        return float(value)
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"this grader needs a text, and expected is {_short(value)}")  # noqa: TRY004 - one kind of error
    return value


def _short(value: object) -> str:
    return repr(value)[:60]
