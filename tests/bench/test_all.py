"""`make bench` leaves no benchmark out."""

import re
from pathlib import Path

from bench import all as every


def test_names() -> None:
    """Every module that prints a benchmark's document is run."""
    folder = Path(every.__file__).parent
    printing = {file.stem for file in folder.glob("*.py") if _prints(file)}
    assert printing == set(every.NAMES)


def _prints(file: Path) -> bool:
    return (
        re.search(r"^from bench.report import .*\bemit\b", file.read_text(encoding="utf-8"), re.MULTILINE)
        is not None
    )
