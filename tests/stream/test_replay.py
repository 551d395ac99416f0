import gzip
import json
from contextlib import suppress
from hashlib import sha256
from io import BytesIO, TextIOWrapper
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.database import Database
from stream.errors import SourceUnreadable
from stream.feed import ReplayCounts
from stream.sources import opened
from tests.stream import hostile
from tests.stream.fakes import replay


def _good(number: int) -> dict[str, object]:
    return hostile.good(number, Random(number))  # noqa: S311 - a test's dice


def run(
    tmp_path: Path, database: Database, *paths: Path, done: bool = True, round_lines: int = 2048
) -> ReplayCounts:
    """Replay files as a command would, each time with a newly opened log."""
    replaying = replay(tmp_path / "log", database, round_lines=round_lines)
    try:
        counts = replaying.run(opened(paths, tmp_path))
        if done:
            replaying.done()
        return counts
    finally:
        replaying.log.close()


def _adds_up(counts: ReplayCounts) -> bool:
    return counts.events == counts.stored + counts.duplicates + counts.dead_letters


@pytest.fixture
def mixed(tmp_path: Path) -> tuple[Path, hostile.Mix]:
    """A file of lines, a third of them hostile."""
    made = hostile.mix(300, seed=1)
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(b"\n".join(made.lines))
    return path, made


def test_hostile(tmp_path: Path, database: Database) -> None:
    """Of 3,000 lines, a third of them hostile, each ends where it belongs and the sums are exact."""
    made = hostile.mix(3000, seed=1)
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(b"\n".join(made.lines))
    counts = run(tmp_path, database, path)
    assert counts.dead_letter_reasons == dict(made.reasons)
    assert (counts.events, counts.stored, counts.duplicates) == (made.events, made.stored, made.duplicates)
    assert _adds_up(counts)
    stored = database.query("SELECT count() AS n FROM generations FINAL")
    letters = database.query("SELECT count() AS n FROM dead_letters FINAL")
    assert (stored["n"][0], letters["n"][0]) == (made.stored, made.reasons.total())


def test_again(tmp_path: Path, database: Database, mixed: tuple[Path, hostile.Mix]) -> None:
    """The same file again stores nothing new: all its events are duplicates now."""
    path, made = mixed
    run(tmp_path, database, path)
    counts = run(tmp_path, database, path)
    assert (counts.events, counts.stored) == (made.events, 0)
    assert counts.duplicates == made.stored + made.duplicates
    assert _adds_up(counts)


def test_before_done(tmp_path: Path, database: Database, mixed: tuple[Path, hostile.Mix]) -> None:
    """Until it is declared done, a replay that is run again only repeats its counts."""
    path, _ = mixed
    first = run(tmp_path, database, path, done=False)
    assert run(tmp_path, database, path) == first


@pytest.mark.parametrize("cut", [0, 1])
def test_interrupted(
    cut: int,
    tmp_path: Path,
    database: Database,
    mixed: tuple[Path, hostile.Mix],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A replay that dies between any two steps goes on and ends with exact counts."""
    path, made = mixed
    calls = 0

    def dying(*_: object) -> None:
        nonlocal calls
        calls += 1
        if calls % 2 == cut % 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("tests.stream.fakes.BEFORE_SETTLING", dying)
    counts = None
    while counts is None:
        with suppress(KeyboardInterrupt):
            counts = run(tmp_path, database, path, round_lines=50)
    assert calls > 3
    assert (counts.events, counts.stored, counts.duplicates) == (made.events, made.stored, made.duplicates)
    assert counts.dead_letter_reasons == dict(made.reasons)


def test_other_file(tmp_path: Path, database: Database) -> None:
    """An unfinished replay of another file is stored, and counts for nobody."""
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    one.write_bytes(b"\n".join(hostile.mix(100, seed=2).lines))
    made = hostile.mix(100, seed=3)
    two.write_bytes(b"\n".join(line.replace(b"event-", b"other-") for line in made.lines))
    run(tmp_path, database, one, done=False)
    counts = run(tmp_path, database, two)
    assert (counts.events, counts.stored) == (made.events, made.stored)


def test_several(tmp_path: Path, database: Database) -> None:
    """Several files are one replay, each event counted once; gzip and JSON lists among them."""
    lines = [json.dumps(_good(n)).encode() for n in range(40)]
    plain, packed, listed = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz", tmp_path / "c.json"
    plain.write_bytes(b"\n".join(lines[:10]))
    packed.write_bytes(
        gzip.compress(b"\n".join(lines[10:20])) + gzip.compress(b"\n" + b"\n".join(lines[20:30]))
    )
    listed.write_text(json.dumps([json.loads(line) for line in lines[30:]], indent=2))
    told: list[tuple[int, int, int]] = []
    replaying = replay(tmp_path / "log", database, lambda *place: told.append(place))
    counts = replaying.run(opened([plain, packed, listed], tmp_path))
    replaying.log.close()
    assert (counts.events, counts.stored) == (40, 40)
    total = sum(path.stat().st_size for path in (plain, packed, listed))
    assert told[-1] == (total, total, 40)
    assert [place[0] for place in told] == sorted(place[0] for place in told)


def test_damaged_gzip(tmp_path: Path, database: Database) -> None:
    """Of a file cut in the middle all is stored that could be read, and one dead letter says so."""
    lines = [json.dumps(_good(n)).encode() for n in range(500)]
    path = tmp_path / "cut.jsonl.gz"
    packed = gzip.compress(b"\n".join(lines))
    path.write_bytes(packed[: len(packed) // 2])
    counts = run(tmp_path, database, path)
    assert counts.stored > 50
    assert counts.dead_letter_reasons == {"invalid_encoding": 1}
    assert _adds_up(counts)
    [message] = database.query("SELECT message FROM dead_letters FINAL")["message"]
    assert "ends in the middle; what could be read was taken" in message


@pytest.mark.parametrize(
    "content", [b"", b"\n\n \n", b"\0" * 1000, b"\xff\xfe\x00", b"[", b"\x1f\x8b", b"\x1f\x8bxx"]
)
def test_any_bytes(content: bytes, tmp_path: Path, database: Database) -> None:
    """Whatever bytes a file holds, under whatever name, the replay finishes and the sums are exact."""
    for name in ("x.jsonl", "x.json", "x.jsonl.gz"):
        (tmp_path / name).write_bytes(content)
        assert _adds_up(run(tmp_path, database, tmp_path / name))


def test_position(tmp_path: Path, database: Database) -> None:
    """A dead letter keeps reason, field, a sentence, the beginning of the line, its size and its hash."""
    line = (
        b'{"event_id":"a","occurred_at":1793620800,"provider":"p","request_model":"m","usage":{"input":"4"}}'
    )
    path = tmp_path / "x.jsonl"
    path.write_bytes(line + b"\n" + b"x" * 200_000)
    run(tmp_path, database, path)
    first, second = database.rows("SELECT * FROM dead_letters FINAL ORDER BY original_bytes")
    assert (first["reason"], first["field"], first["topic"]) == (
        "wrong_type",
        "usage.input",
        "llm.generations",
    )
    assert (first["original"], first["original_bytes"]) == (line.decode(), len(line))
    assert first["sha256"] == sha256(line).hexdigest()
    assert (len(second["original"]), second["original_bytes"]) == (64 * 1024, 200_000)
    assert second["sha256"] == sha256(b"x" * 200_000).hexdigest()


def test_redacted(tmp_path: Path, database: Database) -> None:
    """What is personal reaches neither the log nor the store, in good lines and in broken ones."""
    secret = "ana" + "@example.org"
    event = {**_good(1), "prompt": f"I am {secret}"}
    path = tmp_path / "x.jsonl"
    long = f'{{"prompt":"{secret} ' + "x" * 100_000
    path.write_text("\n".join([json.dumps(event), f'{{"prompt":"{secret}', long]))
    run(tmp_path, database, path)
    for file in (tmp_path / "log").iterdir():
        assert secret.encode() not in file.read_bytes()
    [row] = database.rows("SELECT prompt, redactions FROM generations")
    assert row == {"prompt": "I am [email]", "redactions": {"email": 1}}
    assert database.query("SELECT countSubstrings(original, '[email]') AS n FROM dead_letters")["n"] == [1, 1]


def test_unreadable(tmp_path: Path) -> None:
    """A file that is missing or a folder is refused before anything is done."""
    good = tmp_path / "good.jsonl"
    good.write_bytes(b"")
    with pytest.raises(SourceUnreadable, match=r"cannot read .*no such file or directory"):
        opened([good, tmp_path / "none.jsonl"], tmp_path)
    with pytest.raises(SourceUnreadable, match="is a directory"):
        opened([tmp_path], tmp_path)


def test_stdin(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input is a source like a file, JSON lists included."""
    event = _good(1)
    for content in (json.dumps(event), json.dumps([event], indent=1)):
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(content.encode())))
        counts = run(tmp_path, database, Path("-"))
        assert (counts.events, counts.dead_letters) == (1, 0)


@given(
    st.lists(st.one_of(st.binary(max_size=200), st.from_regex(rb'\{"event_id":.{0,50}\}', fullmatch=True)))
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_lines(tmp_path: Path, database: Database, lines: list[bytes]) -> None:
    """Any bytes at all: it finishes and adds up."""
    path = tmp_path / "any.jsonl"
    path.write_bytes(b"\n".join(lines))
    assert _adds_up(run(tmp_path, database, path))
