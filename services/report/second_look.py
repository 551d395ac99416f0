"""Evidently as a second look at the same calls, in a process of its own, within limits of memory and time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import msgspec

MOST_ROWS = 5000  # of each window
MEMORY_BYTES = 4 * 1024**3  # of address space; 5,000 calls of each window take 360 MiB of memory
TIMEOUT_S = 600.0
REMEDY = (
    "Evidently is not installed here: make report puts it into an environment of its own, with fmwatch: "
    ".venv-report/bin/fmwatch report (docs/report.md)"
)
_WITHOUT = "the report is whole without it, and --without-evidently leaves it out"
_LAST = 300  # characters of what a process that failed said last

Told = Callable[[str], object]


class Column(msgspec.Struct, frozen=True):
    """One column of both windows.

    Attributes
    ----------
    method : distance (drifted from the limit on), or p-value (drifted below it)
    test : Evidently's name of it
    """

    name: str
    method: str
    test: str
    score: float
    limit: float
    drifted: bool


class Texts(msgspec.Struct, frozen=True):
    """Whether a classifier tells questions of both windows apart: AUC .5 is chance, 1 always."""

    auc: float
    drifted: bool
    n: int
    before_n: int


class SecondLook(msgspec.Struct, frozen=True):
    """What Evidently found in a sample of the calls.

    Attributes
    ----------
    most : calls of each window that are drawn at most, one of each retry cluster, by hash
    n, before_n : that were drawn
    left_out : columns that could not be compared, and why
    texts : None where too few calls have an embedding
    """

    evidently: str
    most: int
    n: int
    before_n: int
    columns: tuple[Column, ...]
    left_out: Mapping[str, str]
    texts: Texts | None = None


class NoSecondLook(Exception):  # noqa: N818 - a state, read as a sentence
    """Evidently could not look; the message says why, and the remedy."""


class _Found(msgspec.Struct):
    n: int
    before_n: int
    columns: tuple[Column, ...]
    left_out: Mapping[str, str]
    texts: Texts | None


def installed() -> bool:
    """Tell whether the extra is there, without importing it."""
    return find_spec("evidently") is not None


def look(
    sample: bytes,
    told: Told = lambda _: None,
    *,
    memory_bytes: int = MEMORY_BYTES,
    timeout_s: float = TIMEOUT_S,
) -> tuple[SecondLook, str]:
    """Return what Evidently found in a sample, and its page; "" where no column could be compared.

    Parameters
    ----------
    sample : a Parquet file of `store.compared.sample`
    told : hears what is done next

    Raises
    ------
    NoSecondLook : it is not installed, or took too much memory or time, or failed
    """
    if not installed():
        raise NoSecondLook(REMEDY)
    from importlib.metadata import version  # noqa: PLC0415 - slow to import

    with TemporaryDirectory(prefix="fmwatch-report-") as name:
        folder = Path(name)
        source = folder / "calls.parquet"
        source.write_bytes(sample)
        _run(source, folder, told, memory_bytes, timeout_s)
        found = msgspec.json.decode((folder / "found.json").read_bytes(), type=_Found)
        page = folder / "report.html"
        html = page.read_text("utf-8") if page.exists() else ""
    return SecondLook(version("evidently"), MOST_ROWS, *msgspec.structs.astuple(found)), html


def _run(source: Path, out: Path, told: Told, memory_bytes: int, timeout_s: float) -> None:
    # -P: what lies in the folder where somebody asks is not ours.
    module = ["-P", "-m", "services.report.drift_job"]
    command = [sys.executable, *module, str(source), str(out), str(memory_bytes)]
    # One thread each: pools of threads reserve memory that the limit counts.
    single = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "DO_NOT_TRACK": "1"}
    with (out / "said").open("w+b") as said:
        process = subprocess.Popen(  # noqa: S603 - our own module
            command, stdout=subprocess.PIPE, stderr=said, env=os.environ | single
        )
        assert process.stdout is not None  # noqa: S101 - for the types
        listener = threading.Thread(target=_listen, args=(process.stdout, told), daemon=True)
        listener.start()
        try:
            code = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise NoSecondLook(
                f"Evidently took longer than {timeout_s:.0f} s and was ended: try again later; {_WITHOUT}"
            ) from None
        finally:
            process.kill()
            process.wait()
            listener.join()
            process.stdout.close()
        if code:
            said.seek(0)
            raise NoSecondLook(_why(code, said.read().decode("utf-8", "replace"), memory_bytes))


def _listen(lines: IO[bytes], told: Told) -> None:
    for line in lines:
        told(line.decode("utf-8", "replace").strip())


def _why(code: int, said: str, memory_bytes: int) -> str:
    last = next((line for line in reversed(said.splitlines()) if line.strip()), "")[-_LAST:]
    if "memory" in last.lower() or code == -signal.SIGKILL:
        return f"Evidently needed more than {memory_bytes / 1024**3:.3g} GiB of address space; {_WITHOUT}"
    ended = f"signal {-code}" if code < 0 else f"code {code}"
    return f"Evidently failed ({ended}): {last}" if last else f"Evidently failed ({ended})"
