"""A golden set: questions with what a right answer is, and the answers that are known already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import msgspec

from services.gate.errors import GateError

Grader = Literal["exact", "contains", "regex", "number", "json", "schema"]
GRADERS: tuple[Grader, ...] = get_args(Grader)
MOST_PROBLEMS = 20  # named one by one
_MOST_ID = 200  # characters


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One message of a chat."""

    role: str
    content: str


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a model answered.

    Attributes
    ----------
    bad : what a person said of it, 0 good to 1 bad; goes before every grader
    error_type : why there is no answer
    """

    response: str = ""
    bad: bool | float | None = None
    finish_reason: str = ""
    error_type: str = ""
    latency_ms: float | None = None
    cost_usd: float | None = None


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a golden set.

    Attributes
    ----------
    id : by default the number of the line
    request : settings for the endpoint, sent as they are (temperature, response_format ...)
    expected : what a right answer is, in the grader's sense
    tolerance : how far a number may be off; relative : in shares of the expected one
    incumbent, candidate : answers that are known already; a text is short for its `response`
    tags : anything of your own
    """

    id: str = ""
    prompt: str = ""
    messages: tuple[Turn, ...] = ()
    context: tuple[str, ...] = ()
    conversation_id: str = ""
    request: Mapping[str, Any] = {}
    expected: Any = msgspec.UNSET
    grader: Grader | None = None
    tolerance: float = 0.0
    relative: float = 0.0
    incumbent: str | Answer | None = None
    candidate: str | Answer | None = None
    tags: Mapping[str, Any] = {}

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Return the messages that a model is sent."""
        return self.messages or (Turn("user", self.prompt),)

    def known(self, side: str) -> Answer | None:
        """Return the answer of a side that stands in the set."""
        found: str | Answer | None = getattr(self, side)
        return Answer(found) if isinstance(found, str) else found


class _Answered(Answer, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of a file of answers."""

    id: str


_T = TypeVar("_T")


def read_set(file: Path) -> list[Case]:
    """Return the lines of a golden set.

    Raises
    ------
    GateError : every bad line by file and line, with the remedy
    """
    problems: list[str] = []
    found: dict[str, Case] = {}
    for number, case in _lines(file, Case, problems):
        name = case.id or str(number)
        if problem := _problem(case, name, found):
            problems.append(f"{file}:{number}: {problem}")
        else:
            found[name] = msgspec.structs.replace(case, id=name)
    _refuse(problems)
    if not found:
        raise GateError(f"{file} has no line: write one JSON object a line, with prompt and expected")
    return list(found.values())


def read_answers(file: Path, cases: Sequence[Case]) -> dict[str, Answer]:
    """Return the candidate's answers by the id of their line; raises as `read_set`."""
    problems: list[str] = []
    known = {case.id for case in cases}
    found: dict[str, Answer] = {}
    for number, line in _lines(file, _Answered, problems):
        if line.id not in known:
            problems.append(f"{file}:{number}: the set has no line with the id {line.id!r}: correct the id")
        elif line.id in found:
            problems.append(f"{file}:{number}: a second answer to {line.id!r}: take one of them out")
        elif problem := _label(line.bad):
            problems.append(f"{file}:{number}: {problem}")
        else:
            found[line.id] = Answer(*(getattr(line, name) for name in Answer.__struct_fields__))
    _refuse(problems)
    return found


def _lines(file: Path, kind: type[_T], problems: list[str]) -> Iterator[tuple[int, _T]]:
    decoder = msgspec.json.Decoder(kind)
    names = ", ".join(name for name in kind.__struct_fields__)  # type: ignore[attr-defined]  # a struct
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield number, decoder.decode(line)
            except msgspec.ValidationError as error:
                problems.append(f"{file}:{number}: {error}; a line may have {names}")
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                problems.append(
                    f"{file}:{number}: no JSON object on one line ({error}): correct or remove it"
                )


def _problem(case: Case, name: str, known: Mapping[str, Case]) -> str:
    """Return what is wrong with a line beyond its types, "" where nothing is."""
    if name in known:
        return f"the id {name!r} is taken by a line before: give each line its own"
    if len(name) > _MOST_ID:
        return f"the id has {len(name)} characters: {_MOST_ID} at most"
    if case.expected is msgspec.UNSET and case.grader:
        return f"grader {case.grader} needs expected: say what a right answer is"
    if min(case.tolerance, case.relative) < 0:
        return "tolerance and relative are not negative: how far a number may be off, to either side"
    answers = (case.known("incumbent"), case.known("candidate"))
    if case.expected is msgspec.UNSET and all(one is None or one.bad is None for one in answers):
        return "nothing says what a right answer is: add expected, or bad to the answers"
    return next((problem for one in answers if one and (problem := _label(one.bad))), "")


def _label(bad: bool | float | None) -> str:
    if bad is None or 0 <= bad <= 1:
        return ""
    return (
        f"bad is {bad}: true or 1 for a bad answer, false or 0 for a good one, a share where people disagree"
    )


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        more = len(problems) - MOST_PROBLEMS
        rest = [f"and {more} more"] if more > 0 else []
        raise GateError("\n".join([*problems[:MOST_PROBLEMS], *rest]))
