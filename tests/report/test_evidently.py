"""Evidently's second look: what it finds of an arranged day, within its limits, and harmless in the page."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.report.command import compare
from services.report.comparison import Comparison
from services.report.gather import Gather
from services.report.page import page
from services.report.paper import Paper, Report
from services.report.second_look import NoSecondLook, SecondLook, look
from services.report.windows import Asked
from store.database import Database
from tests.browser.reading import opened
from tests.services.report.days import ALERT, BAD, NOW, ROUTE, made

# Evidently takes ten seconds of processor time; what a busy machine makes of that is no failure.
pytestmark = [pytest.mark.evidently, pytest.mark.timeout(600)]


class Kept(Paper):
    """Keeps what it is given."""

    report: Report

    def take(self, report: Report) -> None:
        self.report = report


@dataclasses.dataclass
class Run:
    """One run of the command: its exit code, and the report."""

    code: int
    report: Report

    @property
    def look(self) -> SecondLook:
        """What Evidently found."""
        assert isinstance(self.report.document, Comparison)
        assert self.report.document.second_look is not None
        return self.report.document.second_look


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with usual days and a bad one."""
    return made(tmp_path_factory.mktemp("report") / "data")


@pytest.fixture(scope="session")
def run(data: Path) -> Run:
    """The one run that all tests look at."""
    paper = Kept("html", None)
    asked = Asked(route=ROUTE, since=BAD, until=NOW)
    return Run(compare(data, None, asked, paper, evidently=True), paper.report)


def test_found(run: Run) -> None:
    """What was arranged has drifted, what was left alone has not."""
    drifted = {one.name for one in run.look.columns if one.drifted}
    assert drifted >= {
        "finish_reason",
        "language",
        "model",
        "served_model",
        "prompt_version",
        "output_tokens",
    }
    assert not drifted & {"latency_ms", "input_tokens"}
    assert (run.code, run.look.evidently, run.look.n, run.look.before_n) == (0, "0.7.23", 240, 240)
    assert run.look.left_out["hallucination"] == "0 values in one of the windows, 30 are needed"


def test_texts(run: Run) -> None:
    """French questions among English ones lie elsewhere, as a classifier finds."""
    assert run.look.texts is not None
    assert run.look.texts.drifted
    assert 0.55 < run.look.texts.auc < 0.9


def test_page(run: Run, tmp_path: Path) -> None:
    """From disk in Chromium: nothing is asked of anybody, the console is quiet, hostile names run nothing."""
    file = tmp_path / "report.html"
    file.write_text(page(run.report.blocks, run.report.made_at, run.report.evidently))
    seen = opened(file)
    assert (seen["foreign"], seen["console"], seen["dialogs"]) == ([], [], 0)
    assert (seen["harmed"], seen["harmedInside"], seen["axe"]) == (False, False, {"light": [], "dark": []})
    assert "Drifted Columns" in seen["frame"]
    assert "Evidently 0.7.23 on 240 calls of now" in seen["text"]


def test_no_content(run: Run) -> None:
    """No question and no answer is in what Evidently made."""
    assert "parcel" not in run.report.evidently
    assert "</script><script>harmed" not in run.report.evidently


@pytest.fixture(scope="session")
def sample(data: Path) -> bytes:
    """A small sample."""
    with Database.open(data) as database:
        gather = Gather(database, ZoneInfo("UTC"), lambda: NOW)
        return gather.sample(gather.comparison(Asked(signal=ALERT)).calls, 50)


def test_memory(sample: bytes) -> None:
    """What would take more memory than it may is ended, and the reason is said."""
    with pytest.raises(NoSecondLook, match=r"needed more than 0.0977 GiB"):
        look(sample, memory_bytes=100 * 1024**2)


def test_time(sample: bytes) -> None:
    """What takes longer than it may is ended, and what it was at had been said."""
    said: list[str] = []
    with pytest.raises(NoSecondLook, match="took longer than 1 s"):
        look(sample, said.append, timeout_s=1.0)
    assert all(line == "loading Evidently" for line in said)


def test_failed() -> None:
    """What fails for another reason ends with that reason, in one line."""
    with pytest.raises(NoSecondLook, match=r"^Evidently failed \(code 1\): .*[Pp]arquet"):
        look(b"no Parquet file")
