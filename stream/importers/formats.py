"""Sources of events out of files of any format, and how a file tells which one it has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path

from stream.importers import langfuse, litellm, openai_batch, otlp_json
from stream.importers.base import Importer
from stream.importers.csv_rows import csv_rows, header
from stream.importers.names import Format
from stream.importers.requests import Requests
from stream.importers.source import Imported, records
from stream.json_object import Fields
from stream.json_values import values
from stream.ndjson import lines
from stream.sources import File, Source, Split, opened

_RECOGNISED: dict[Format, Callable[[Fields], bool]] = {
    "fmwatch": lambda record: {"event_id", "provider"} <= record.keys(),
    "otlp-json": otlp_json.recognised,
    "openai-batch": openai_batch.recognised,
    "litellm": litellm.recognised,
    "langfuse": langfuse.recognised,
}
_LOOKED_AT = 20  # records
_LIST_OF_PAGE = re.compile(rb'\s*\{\s*"data"\s*:\s*(?=\[)')
_BLANK = b"\xef\xbb\xbf \t\r\n"


def sources(paths: Iterable[str | Path], spool: Path, format_: Format | None = None) -> list[Source]:
    """Return a source of events for each path, see `stream.sources.opened`.

    Parameters
    ----------
    format_ : of all of them; by default each file's first records tell, and plain events are what is left

    Raises
    ------
    SourceUnreadable : one of them cannot be read; nothing has been done yet
    """
    files = [(file, format_ or told(file)) for file in opened(paths, spool)]
    cut = [
        file if named == "fmwatch" else File(file.path, file.name, _split(file.head()))
        for file, named in files
    ]
    batches = [file for file, (_, named) in zip(cut, files, strict=True) if named == "openai-batch"]
    requests = Requests(lambda: filter(openai_batch.is_request, _objects(batches)))
    return [
        file if named == "fmwatch" else Imported(file, _importer(named, [file, *batches], requests))
        for file, (_, named) in zip(cut, files, strict=True)
    ]


def told(file: File) -> Format:
    """Return the format that the first records of a file show; plain events where they show none."""
    head = file.head()
    inside = _LIST_OF_PAGE.match(head)
    pieces = values([head[inside.end() :]]) if inside else _split(head)([head])
    for raw in islice(pieces, _LOOKED_AT):
        for record in records(raw):
            for named, recognised in _RECOGNISED.items():
                if isinstance(record, dict) and recognised(record):
                    return named
    return "fmwatch"


def _split(head: bytes) -> Split:
    """Return what cuts a file into records, by its content: names of exports say little."""
    begin = head.lstrip(_BLANK)
    if begin.startswith(b"["):
        return values
    if not begin.startswith(b"{"):
        return csv_rows if header(begin) else lines
    line, end, _ = begin.partition(b"\n")
    whole = isinstance(next(records(line)), dict)
    return values if end and not whole else lines


def _importer(named: Format, files: Sequence[File], requests: Requests) -> Importer:
    if named == "openai-batch":
        return openai_batch.OpenAIBatch(requests, cache(lambda: _latest(files)))
    if named == "otlp-json":
        return otlp_json.OtlpJson()
    return litellm.LiteLLM() if named == "litellm" else langfuse.Langfuse()


def _objects(files: Iterable[File]) -> Iterator[Fields]:
    for file in files:
        for line in file.lines():
            yield from (record for record in records(line.raw) if isinstance(record, dict))


def _latest(files: Sequence[File]) -> datetime:
    """Return the latest time in the first file that has any; where none has, the first file's own."""
    for file in files:
        times = filter(None, map(openai_batch.created, _objects([file])))
        if latest := max(times, default=None):
            return latest
    return datetime.fromtimestamp(files[0].path.stat().st_mtime, UTC)
