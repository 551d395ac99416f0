from __future__ import annotations

from pathlib import Path

import pytest

from services.gate.errors import GateError
from services.gate.golden import Answer, read_answers, read_set

from .sets import write


def test_read(tmp_path: Path) -> None:
    """A line without an id has its number; a text is short for an answer; blank lines are none."""
    file = tmp_path / "set.jsonl"
    file.write_text('{"prompt": "a", "expected": "b", "incumbent": "c"}\n\n{"id": "x", "expected": 1}\n')
    first, second = read_set(file)
    assert (first.id, second.id) == ("1", "x")
    assert first.known("incumbent") == Answer("c")
    assert first.known("candidate") is None
    assert [(turn.role, turn.content) for turn in first.turns] == [("user", "a")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("no json", "no JSON object on one line"),
        ("[1]", "Expected `object`"),
        ('{"expcted": "a"}', "unknown field `expcted`; a line may have id, prompt"),
        ('{"prompt": "a"}', "nothing says what a right answer is"),
        ('{"expected": "a", "grader": "vibes"}', "Invalid enum value 'vibes'"),
        ('{"grader": "exact", "incumbent": {"bad": true}}', "grader exact needs expected"),
        ('{"expected": 1, "tolerance": -1}', "tolerance and relative are not negative"),
        ('{"incumbent": {"bad": 3}}', "bad is 3"),
        ('{"id": "1", "expected": 2}', "the id '1' is taken by a line before"),
    ],
)
def test_bad_line(tmp_path: Path, line: str, said: str) -> None:
    """A bad line is named by file and line, with the remedy."""
    file = tmp_path / "set.jsonl"
    file.write_text('{"expected": 1}\n' + line + "\n")
    with pytest.raises(GateError) as error:
        read_set(file)
    assert str(error.value).startswith(f"{file}:2: ")
    assert said in str(error.value)


def test_many_bad_lines(tmp_path: Path) -> None:
    """All bad lines are named at once, the twenty first one by one."""
    file = write(tmp_path / "set.jsonl", [{"prompt": "a"}] * 25)
    with pytest.raises(GateError) as error:
        read_set(file)
    said = str(error.value).splitlines()
    assert len(said) == 21
    assert said[-1] == "and 5 more"


def test_empty(tmp_path: Path) -> None:
    """An empty file says what belongs into it."""
    file = tmp_path / "set.jsonl"
    file.write_text("\n")
    with pytest.raises(GateError, match="has no line: write one JSON object a line"):
        read_set(file)


def test_answers(tmp_path: Path) -> None:
    """Answers come by the id of their line; strange ids and second answers are named."""
    cases = read_set(write(tmp_path / "set.jsonl", [{"id": "a", "expected": "x"}]))
    known = read_answers(write(tmp_path / "a.jsonl", [{"id": "a", "response": "x", "latency_ms": 5}]), cases)
    assert known == {"a": Answer("x", latency_ms=5.0)}
    bad = write(tmp_path / "b.jsonl", [{"id": "a"}, {"id": "a"}, {"id": "b"}, {"response": "x"}])
    with pytest.raises(GateError) as error:
        read_answers(bad, cases)
    said = str(error.value)
    assert f"{bad}:2: a second answer to 'a'" in said
    assert f"{bad}:3: the set has no line with the id 'b'" in said
    assert f"{bad}:4: Object missing required field `id`" in said
