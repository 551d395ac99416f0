"""Files tell their format; whatever their records hold, each is an event, a dead letter or passed over."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.database import Database
from stream.importers.formats import sources, told
from stream.importers.names import FORMATS, Format
from stream.importers.source import passed_over
from stream.json_object import encode
from stream.sources import File
from tests.stream.fakes import replay
from tests.stream.importers.reading import DATA, events, opened

SAMPLES = sorted(file.name for file in DATA.iterdir() if file.suffix != ".md")
FORMAT_OF: dict[str, Format] = {
    "langfuse": "langfuse",
    "litellm": "litellm",
    "batch": "openai-batch",
    "otlp": "otlp-json",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_told(name: str) -> None:
    """Each sample tells its format by its content."""
    assert told(File(DATA / name)) == FORMAT_OF[name.partition("_")[0]]


@pytest.mark.parametrize("name", SAMPLES)
def test_packed(name: str, tmp_path: Path) -> None:
    """Gzipped and under a name that says nothing it reads the same, named by --format or not."""
    (tmp_path / "export").write_bytes(gzip.compress((DATA / name).read_bytes()))
    plain = [one for one in events(name) if "event_id" in one and one.get("usage_source") != "missing"]
    for format_ in (None, FORMAT_OF[name.partition("_")[0]]):
        packed = events("export", format_=format_, folder=tmp_path)
        assert [one for one in packed if "event_id" in one and one.get("usage_source") != "missing"] == plain


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"no format at all\n",
        b'{"event_id":"a","provider":"openai","call_type":"x","startTime":1,"id":2}\n',
        b'{"prompt":"{\\"custom_id\\": 1}"}\n',
        b"[1,2,3]",
    ],
)
def test_plain(content: bytes, tmp_path: Path) -> None:
    """What shows no other format is plain events, as before."""
    (tmp_path / "calls.jsonl").write_bytes(content)
    assert isinstance(sources([tmp_path / "calls.jsonl"], tmp_path)[0], File)


def test_page_longer_than_a_look(tmp_path: Path) -> None:
    """A page of an API is known by its first records, however long it is."""
    row = json.loads((DATA / "litellm_spend_logs.json").read_text())[0]
    page = {"data": [{**row, "request_id": str(n), "messages": "x" * 1000} for n in range(400)], "total": 400}
    (tmp_path / "page.json").write_text(json.dumps(page))
    assert len(events("page.json", folder=tmp_path)) == 400


def test_sums(tmp_path: Path, database: Database) -> None:
    """Replayed, the sums are exact; the same files again are only duplicates and the same dead letters."""
    made = opened(*SAMPLES)
    replaying = replay(tmp_path, database)
    counts = replaying.run(made)
    replaying.done()
    records = sum(1 for source in made for _ in source.lines())
    # The same request as a payload, as a row and as a cell is one call, and so is an observation.
    assert (counts.events, counts.stored) == (records, 27)
    assert counts.events == counts.stored + counts.duplicates + counts.dead_letters
    assert counts.dead_letter_reasons == {"missing_field": 3, "wrong_type": 1}
    again = replaying.run(made)
    replaying.log.close()
    assert (again.stored, again.dead_letters, again.events) == (0, counts.dead_letters, counts.events)


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def _paths(record: object) -> list[tuple[str, ...]]:
    if not isinstance(record, dict):
        return []
    return [
        path
        for name, value in record.items()
        for path in ((name,), *((name, *rest) for rest in _paths(value)))
    ]


def _changed(record: dict[str, Any], path: tuple[str, ...], value: object) -> dict[str, Any]:
    name, *rest = path
    inner = record[name]
    return {**record, name: _changed(inner, tuple(rest), value) if rest else value}


def _samples() -> list[tuple[Format, dict[str, Any]]]:
    found: list[tuple[Format, dict[str, Any]]] = []
    for name in (one for one in SAMPLES if one.endswith("l")):
        lines = (DATA / name).read_text().splitlines()
        found += [(FORMAT_OF[name.partition("_")[0]], json.loads(line)) for line in lines]
    return found


@given(st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_hostile(tmp_path: Path, data: st.DataObject) -> None:
    """Whatever stands in a field, nothing is raised and no record is lost, and twice reads the same."""
    format_, record = data.draw(st.sampled_from(_samples()))
    record = _changed(record, data.draw(st.sampled_from(_paths(record))), data.draw(ANY))
    (tmp_path / "one.jsonl").write_bytes(encode(record))
    made = opened("one.jsonl", format_=format_, folder=tmp_path)
    lines = [line.raw for source in made for line in source.lines()]
    assert len(lines) + sum(passed_over(made).values()) == 1 or format_ == "otlp-json"
    assert [line.raw for source in made for line in source.lines()] == lines


@pytest.mark.parametrize("format_", FORMATS)
def test_no_records(format_: Format, tmp_path: Path) -> None:
    """Lines that are no records of any format are dead letters, one each."""
    (tmp_path / "noise").write_bytes(b'not json\n[1]\n"text"\n{"a":1}\n')
    made = opened("noise", format_=format_, folder=tmp_path)
    assert len([line for source in made for line in source.lines()]) == 4


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\n\r a1', max_size=60).map(str.encode))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_noise(tmp_path: Path, content: bytes) -> None:
    """Whatever bytes a file has, in whatever format they are said to be, nothing is raised."""
    (tmp_path / "noise").write_bytes(content)
    for format_ in (None, *FORMATS):
        made = opened("noise", format_=format_, folder=tmp_path)
        assert all(line.raw for source in made for line in source.lines())
