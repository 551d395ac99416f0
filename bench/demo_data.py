"""Make the samples of public data that `fmwatch demo` ships: `python -m bench.demo_data --sources DIR`.

Only sources whose licence lets a sample ship are read; docs/data.md names each. The same sources give the
same bytes.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from services.demo.samples import FOLDER

SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'(])")
# Answers that carry an address, a link or a table would set off other detectors than the demo means.
UNWANTED = re.compile(r"@|https?:|www\.|```|\||\d{6,}|_{3,}|#include|</|-->")
SUMMARY_SOURCES = ("sales_email", "scitldr", "ectsum")
DECLINED = re.compile(
    r"language model|\bI'm sorry|\bI am sorry|\bI (can't|cannot|am unable|do not have)", re.IGNORECASE
)
MOST_ANSWER_CHARACTERS = 900


def main() -> None:
    """Read the sources and write every sample."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=Path, default=os.environ.get("FMWATCH_DEV_DATA"))
    parser.add_argument("--into", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    if arguments.sources is None:
        parser.error("name the folder of the public data: --sources DIR, or set FMWATCH_DEV_DATA")
    for name, sample in samples(Path(arguments.sources)).items():
        size = write(arguments.into / f"{name}.json.gz", sample)
        print(f"{name:12s} {size / 1e3:8.0f} kB")


def samples(sources: Path) -> dict[str, object]:
    """Return every sample by its name."""
    return {
        "banking": banking(sources / "drift/banking77"),
        "assistant": assistant(sources / "drift/clinc150"),
        "chat": chat(sources / "traffic/halueval_general/general_data.json"),
        "documents": documents(sources / "hallucination/summedits"),
        "arrivals": {kind: arrivals(sources / "traffic/azure", kind) for kind in ("conv", "code")},
    }


def write(path: Path, sample: object) -> int:
    """Write one sample, compressed and without a date in it; return its size in bytes."""
    packed = gzip.compress(msgspec.json.encode(sample), compresslevel=9, mtime=0)
    path.write_bytes(packed)
    return len(packed)


def banking(folder: Path) -> list[tuple[str, str]]:
    """Return (question, intent) of Banking77, each question once."""
    rows = [row for name in ("train.csv", "test.csv") for row in _table(folder / name)]
    return list(dict(_distinct((_plain(row["text"]), row["category"]) for row in rows)).items())


def assistant(folder: Path) -> dict[str, list[str]]:
    """Return the queries of CLINC150 by domain, each query once."""
    queries = msgspec.json.decode((folder / "data_full.json").read_bytes())
    domains = msgspec.json.decode((folder / "domains.json").read_bytes())
    of_intent = {intent: domain for domain, intents in domains.items() for intent in intents}
    pairs = (
        (_plain(text), of_intent[intent])
        for part in ("train", "val", "test")
        for text, intent in queries[part]
    )
    found: dict[str, list[str]] = {domain: [] for domain in domains}
    for text, domain in _distinct(pairs):
        found[domain].append(text)
    return found


def chat(file: Path) -> list[tuple[str, list[str]]]:
    """Return (question, sentences of the answer) of HaluEval's real user queries."""
    rows = (msgspec.json.decode(line) for line in file.read_bytes().splitlines() if line.strip())
    pairs = (
        (_plain(row["user_query"]), row["chatgpt_response"]) for row in rows if row["hallucination"] == "no"
    )
    return [
        (question, sentences)
        for question, answer in _distinct(pairs)
        if not UNWANTED.search(question + answer)
        and not DECLINED.search(answer)
        and (sentences := _sentences(answer))
        and len(question) > 15
    ]


def documents(folder: Path) -> list[list[str]]:
    """Return the sentences of SummEdits' documents that are free of other people's rights."""
    texts = {
        row["doc"]: None
        for source in SUMMARY_SOURCES
        for row in msgspec.json.decode((folder / f"summedits_{source}.json").read_bytes())
    }
    parts = ([line for line in re.split(r"\n+", text) if len(line) > 40] for text in texts)
    split = ([s for line in lines for s in SENTENCE_END.split(_plain(line))] for lines in parts)
    return [[s for s in sentences if not UNWANTED.search(s) and 40 < len(s) < 400] for sentences in split]


def arrivals(folder: Path, kind: str) -> dict[str, list[int]]:
    """Return the Azure trace as columns: milliseconds since its first request, tokens in, tokens out."""
    rows = list(_table(folder / f"AzureLLMInferenceTrace_{kind}.csv"))
    times = [datetime.fromisoformat(row["TIMESTAMP"][:26]) for row in rows]
    return {
        "at_ms": [int((time - times[0]).total_seconds() * 1000) for time in times],
        "input": [int(row["ContextTokens"]) for row in rows],
        "output": [int(row["GeneratedTokens"]) for row in rows],
    }


def _table(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _distinct(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    seen = set()
    for text, other in pairs:
        if text and text.lower() not in seen:
            seen.add(text.lower())
            yield text, other


def _sentences(answer: str) -> list[str]:
    if "\n" in answer.strip() or len(answer) > MOST_ANSWER_CHARACTERS:
        return []
    return [sentence for sentence in SENTENCE_END.split(_plain(answer)) if sentence]


if __name__ == "__main__":
    main()
