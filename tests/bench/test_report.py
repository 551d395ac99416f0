"""Every bench prints the same document, and says what it misses."""

import json
from pathlib import Path

import pytest

from bench.report import DATA_VARIABLE, development_data, emit, required


def test_document(capsys: pytest.CaptureFixture[str]) -> None:
    """One line of JSON holds the figure, its baseline and their ratio."""
    emit("speed", 30.0, "events/cpu-s", n=7, baseline=10.0, rows=[{"stage": "all"}])
    document = json.loads(capsys.readouterr().out)
    assert document.pop("machine")
    assert document == {
        "name": "speed",
        "figure": 30.0,
        "unit": "events/cpu-s",
        "baseline": 10.0,
        "ratio": 3.0,
        "n": 7,
        "rows": [{"stage": "all"}],
    }


def test_no_baseline(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a competitor there is no ratio."""
    emit("speed", 30.0, "events/cpu-s", n=7)
    document = json.loads(capsys.readouterr().out)
    assert (document["baseline"], document["ratio"]) == (None, None)


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    """For people it is a small table."""
    emit("speed", 30.0, "events/cpu-s", n=7, rows=[{"stage": "all", "us": 12.3456}], as_json=False)
    assert capsys.readouterr().out == "speed: 30 events/cpu-s (n = 7)\n  stage=all  us=12.35\n"


def test_missing_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bench without its data ends with the remedy and exit code 3."""
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    assert development_data("toxicity") is None
    with pytest.raises(SystemExit) as left:
        required("toxicity", "dev.jsonl")
    assert left.value.code == 3
    assert DATA_VARIABLE in capsys.readouterr().err
