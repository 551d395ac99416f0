import gzip
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.gunzip import BrokenGzip, gunzipped
from stream.json_values import values
from stream.latest import LatestTime
from stream.ndjson import lines
from stream.refused import Original
from stream.sources import File

WALL = datetime(2026, 11, 24, tzinfo=UTC)


def _pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


@given(st.lists(st.binary().filter(lambda raw: b"\n" not in raw)), st.integers(1, 50))
def test_lines(raws: list[bytes], size: int) -> None:
    """Lines come out whole wherever the pieces were cut; blank ones do not."""
    assert list(lines(_pieces(b"\n".join(raws), size))) == [raw.strip() for raw in raws if raw.strip()]


@pytest.mark.parametrize("size", [7, 100, 10_000])
def test_long_line(size: int) -> None:
    """A line over the bound is one stub with the size and hash of the whole; those around it are whole."""
    content = b"before\n" + b"x" * 5000 + b"\nafter\n" + b"y" * 5000
    found = list(lines(_pieces(content, size), most=1000))
    assert (found[0], found[2]) == (b"before", b"after")
    assert [Original.of(found[index]).sha256 for index in (1, 3)] == [
        Original.of(b"x" * 5000).sha256,
        Original.of(b"y" * 5000).sha256,
    ]
    assert Original.of(found[1]).size == 5000


_OBJECTS = st.lists(
    st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=20), max_size=4), max_size=6
)


@given(_OBJECTS, st.integers(1, 60), st.sampled_from([None, 2]), st.booleans())
def test_values(objects: list[dict[str, object]], size: int, indent: int | None, ascii_: bool) -> None:
    """The elements of a list come out one per line, however it is laid out and cut."""
    content = json.dumps(objects, indent=indent, ensure_ascii=ascii_).encode("utf-8", "surrogatepass")
    found = list(values(_pieces(content, size)))
    assert [json.loads(raw.decode("utf-8", "surrogatepass")) for raw in found] == objects
    assert not any(b"\n" in raw for raw in found)


def test_values_lines() -> None:
    """JSON Lines under the name .json work as well."""
    assert list(values([b'{"a":1}\n{"b"', b":2}\n"])) == [b'{"a":1}', b'{"b":2}']


def test_values_broken() -> None:
    """A broken element comes out as it is, and those after it are found."""
    assert list(values([b'[{"a":1}, {bad}, {"b":2}, \xff]'])) == [b'{"a":1}', b"{bad}", b'{"b":2}', b"\xff]"]


@given(st.binary(max_size=400))
def test_values_any(content: bytes) -> None:
    """Whatever the bytes, it ends."""
    list(values([content]))


@given(st.lists(st.binary(max_size=5000), min_size=1, max_size=4))
def test_gunzip(members: list[bytes]) -> None:
    """The members of a gzip file follow each other."""
    packed = b"".join(map(gzip.compress, members))
    assert b"".join(gunzipped(io.BytesIO(packed))) == b"".join(members)


def test_gunzip_broken() -> None:
    """What lies before the damage is given out, then the damage is reported."""
    content = b"".join(b"line %d\n" % number for number in range(100_000))
    packed = gzip.compress(content)
    for damaged in (packed[:-20], packed[: len(packed) // 2], packed + b"garbage at the end of it"):
        found: list[bytes] = []
        with pytest.raises(BrokenGzip):
            found.extend(gunzipped(io.BytesIO(damaged)))
        assert content.startswith(b"".join(found))


def test_bomb() -> None:
    """A small file that unpacks to much is read in small pieces."""
    packed = gzip.compress(b"0" * 50_000_000)
    assert max(map(len, gunzipped(io.BytesIO(packed)))) <= 1024 * 1024


def test_fingerprint(tmp_path: Path) -> None:
    """A file that has grown is the same one; another beginning or place is another."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"one\n")
    known, n = File(path).fingerprint()
    path.write_bytes(b"one\ntwo\n")
    assert File(path).fingerprint(n) == (known, n)
    path.write_bytes(b"One\n")
    assert File(path).fingerprint(n) != (known, n)


def _now(*times: datetime, wall: datetime = WALL) -> datetime:
    raws = [b'{"occurred_at":"%s"}' % time.isoformat().encode() for time in times]
    return LatestTime().of([*raws, b"{broken", b'{"occurred_at":"never"}', b'{"occurred_at":[]}'], wall)


def test_latest() -> None:
    """Now is the latest time of an old file, not the wall clock's."""
    times = [datetime(2023, 5, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(1000)]
    assert _now(*times) == times[-1]


def test_latest_outlier() -> None:
    """A broken clock or two do not move it: neither ahead of the real time, nor alone after years."""
    times = [datetime(2023, 5, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(100)]
    assert _now(*times, datetime(2031, 1, 1, tzinfo=UTC)) == times[-1]
    assert _now(*times, datetime(2026, 1, 1, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC)) == times[-1]


def test_latest_years() -> None:
    """A file longer than retention ends at its end."""
    times = [datetime(2023, 5, 1, tzinfo=UTC) + timedelta(days=day) for day in range(1200)]
    assert _now(*times) == times[-1]


def test_latest_ahead() -> None:
    """Where most of the file is ahead of the wall clock, the wall clock is what is wrong."""
    times = [datetime(2026, 12, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(100)]
    assert _now(*times, datetime(2026, 1, 1, tzinfo=UTC)) == times[-1]


def test_latest_nothing() -> None:
    """Without any time it is the wall clock's."""
    assert _now() == WALL
    assert (
        LatestTime().of([b'{"occurred_at":1793611800}', b'{"at":1793611800123}'], WALL).timestamp()
        == 1793611800.123
    )
