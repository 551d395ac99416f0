"""The page on importing: its commands run as they stand, on files of the names it gives."""

from __future__ import annotations

import gzip
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from services.replay_command import told_of
from tests.contract.schema import errors, load
from tests.stream.importers.reading import DATA, opened

PAGE = Path(__file__).parents[2] / "docs" / "importing.md"
FMWATCH = Path(sys.executable).with_name("fmwatch")
SAMPLES = {
    "observations.jsonl": "langfuse_observations.jsonl",
    "scores.jsonl": "langfuse_scores.jsonl",
    "observations.csv": "langfuse_observations.csv",
    "spend-logs.csv": "litellm_spend_logs.csv",
    "batch-input.jsonl": "batch_input.jsonl",
    "batch-output.jsonl": "batch_output.jsonl",
    "batch-errors.jsonl": "batch_errors.jsonl",
    "traces.jsonl": "otlp_traces.jsonl",
}
EXPECTED = {  # events, dead letters, passed over
    "observations.jsonl": (8, 1, {"observations of type SPAN": 1, "scores of sessions and experiments": 1}),
    "observations.csv.gz": (5, 1, {"observations of type SPAN": 1}),
    "spend-logs.csv": (3, 1, {}),
    "batch-input.jsonl": (6, 0, {"requests of a batch": 6}),
    "traces.jsonl": (2, 1, {"metrics": 1, "spans and log records": 2}),
}


def _commands() -> list[list[str]]:
    blocks = re.findall(r"^```\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines() if "replay" in line]


@pytest.mark.parametrize("command", _commands(), ids=lambda command: command[2])
def test_command(command: list[str], tmp_path: Path) -> None:
    """Each command takes its files in, with exact sums, and says what was no call."""
    for name, sample in SAMPLES.items():
        content = (DATA / sample).read_bytes()
        (tmp_path / name).write_bytes(content)
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
    said = subprocess.run(
        [FMWATCH, *command[1:], "--json"], cwd=tmp_path, capture_output=True, check=False, timeout=110
    )
    assert (said.returncode, said.stderr) == (0, b"")
    found = json.loads(said.stdout)
    assert errors(found, load("replay")) == []
    assert (found["events"], found["dead_letters"], found["passed_over"]) == EXPECTED[command[2]]
    assert found["events"] == found["stored"] + found["duplicates"] + found["dead_letters"]


def test_told() -> None:
    """A person is told what each file was read as, and what in it is no call."""
    made = opened("batch_input.jsonl", "langfuse_scores.jsonl")
    assert [line for source in made for line in source.lines()]
    assert list(told_of(made)) == [
        f"{DATA / 'batch_input.jsonl'} is read as openai-batch",
        f"{DATA / 'langfuse_scores.jsonl'} is read as langfuse",
        "  passed over 6 requests of a batch: they are no calls to a model",
        "  passed over 1 scores of sessions and experiments: they are no calls to a model",
    ]
