from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.access.allowance import Limits
from services.access.token import digest, fresh, presented
from services.access.tokens_file import add, read
from services.config import ConfigError

A, B = digest("a"), digest("b")


def written(path: Path, text: str) -> Path:
    """Return a tokens file with this in it."""
    file = path / "tokens.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_read(tmp_path: Path) -> None:
    """Every hash is known with its tenant and scope; a tenant may have none of a scope, or nothing at all."""
    text = f'support:\n  ingest: ["{A}"]\n  read:\n"*": {{read: [{B}], ingest: [{B}]}}\nlegal:\n'
    found = {(one.tenant, one.scope, one.sha256) for one in read(written(tmp_path, text))}
    assert found == {("support", "ingest", A), ("*", "read", B), ("*", "ingest", B)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f"support:\n  ingset: [{A}]",
            "tokens.yaml:2: support.ingset: there is no key 'ingset' here; did you",
        ),
        ("support:\n  read:\n  - abc", "tokens.yaml:3: support.read.0: is no SHA-256"),
        (f"support:\n  read: [{A.upper()}]", "tokens.yaml:2: support.read.0: is no SHA-256"),
        (f"support:\n  read: {A}", "tokens.yaml:2: support.read: must be a list"),
        ("support: [a]", "tokens.yaml:1: support: must be a mapping of ingest, read, act"),
        (f"a: {{read: [{A}]}}\nb:\n  read: [{A}]", "tokens.yaml:3: b.read.0: is also a token of tenant 'a'"),
        (f'"a\\u0000b": {{read: [{A}]}}', "is no name of a tenant"),
        (f"{'a' * 129}: {{read: [{A}]}}", "is no name of a tenant"),
        (f'"": {{read: [{A}]}}', "is no name of a tenant"),
        (f"a: {{read: [{B}]}}\n7: {{read: [{A}]}}", "tokens.yaml:2: 7: a tenant's name is text: write it in"),
        (f"null: {{read: [{A}]}}", "a tenant's name is text"),
        (f"a: {{read: [{A}]}}\na: {{read: [{B}]}}", "tokens.yaml:2: not readable as YAML"),
        (f"a: {{read: [{A}, {A}]}}", "tokens.yaml:1: a.read.1: stands twice among the tokens of read"),
        (f"a:\n  ingest:\n  - sha: {A}", "tokens.yaml:3: a.ingest.0: is no SHA-256"),
        (f"a: {{ingest: [{{sha256: {A}x}}]}}", "a.ingest.0.sha256: is no SHA-256"),
        (
            f"a:\n  ingest:\n  - sha256: {A}\n    expire: 1",
            "tokens.yaml:4: a.ingest.0.expire: there is no key",
        ),
        (f"a: {{ingest: [{{sha256: {A}, expires: 2026-12-31}}]}}", "a.ingest.0.expires: must be a time with"),
        (f"a: {{ingest: [{{sha256: {A}, expires: 2026-12-31T00:00:00}}]}}", "must be a time with its zone"),
        (
            f"a: {{ingest: [{{sha256: {A}, events_per_second: 0}}]}}",
            "events_per_second: must be a number more",
        ),
        (f"a: {{ingest: [{{sha256: {A}, events_per_second: .inf}}]}}", "must be a number more than 0"),
        (f"a: {{ingest: [{{sha256: {A}, events_per_second: true}}]}}", "must be a number more than 0"),
        (f"a: {{ingest: [{{sha256: {A}, bytes_per_day: 1.5}}]}}", "must be a whole number more than 0"),
        (f"a: {{ingest: [{{sha256: {A}, bytes_per_day: 5 GB}}]}}", "must be a whole number more than 0"),
        (f"a: {{read: [{{sha256: {A}, bytes_per_day: 5}}]}}", "belongs to a token of ingest"),
        ("support: {read: []}", "there is no token in it"),
        ("", "there is no token in it"),
        ("- a", "must be a mapping"),
    ],
)
def test_strict(tmp_path: Path, text: str, said: str) -> None:
    """What is wrong is said with file, line and key, and a hash or token is never shown."""
    with pytest.raises(ConfigError) as refused:
        read(written(tmp_path, text))
    assert said in str(refused.value)
    assert A not in str(refused.value)


def test_limits(tmp_path: Path) -> None:
    """A token may have limits and a time from which on it is good for nothing; nothing said means none."""
    text = (
        f"support:\n  ingest:\n  - {A}\n  - sha256: {B}\n    expires: 2026-12-31T01:00:00+01:00\n"
        "    events_per_second: 0.5\n    bytes_per_day: 5_000_000_000\n"
    )
    plain, limited = read(written(tmp_path, text))
    assert (plain.expires, plain.limits) == (None, Limits())
    assert limited.expires == datetime(2026, 12, 31, tzinfo=UTC)
    assert limited.limits == Limits(0.5, 5_000_000_000)
    quoted = f'a: {{ingest: [{{sha256: {A}, expires: "2026-12-31T00:00:00Z", bytes_per_day: }}]}}'
    (again,) = read(written(tmp_path, quoted))
    assert (again.expires, again.limits) == (limited.expires, Limits())


def test_secret(tmp_path: Path) -> None:
    """A token that stands where its hash belongs is not repeated in the error."""
    token = fresh()
    with pytest.raises(ConfigError) as refused:
        read(written(tmp_path, f"support: {{read: [{token}, {{sha256: {token}}}]}}"))
    assert token not in str(refused.value)


def test_add(tmp_path: Path) -> None:
    """A hash is added to a file that is made where there is none, and kept from others; comments stay."""
    file = tmp_path / "tokens.yaml"
    add(file, "support", "ingest", A)
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text(f"# ours\n{file.read_text('utf-8')}", encoding="utf-8")
    file.chmod(0o640)
    add(file, "*", "read", B)
    assert [one[:2] for one in read(file)] == [("support", "ingest"), ("*", "read")]
    assert file.read_text("utf-8").startswith("# ours\n")
    assert file.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [file]


def test_add_at_once(tmp_path: Path) -> None:
    """Of several that add at the same time every one does."""
    file = tmp_path / "tokens.yaml"
    hashes = [digest(str(number)) for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda sha256: add(file, "support", "ingest", sha256), hashes))
    assert {one.sha256 for one in read(file)} == set(hashes)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_add_owner(tmp_path: Path) -> None:
    """A file stays whose it was, so that a server may read it that is not of the person who adds."""
    file = tmp_path / "tokens.yaml"
    add(file, "support", "ingest", A)
    os.chown(file, 10_001, 10_002)
    add(file, "support", "read", B)
    assert (file.stat().st_uid, file.stat().st_gid) == (10_001, 10_002)


def test_add_refused(tmp_path: Path) -> None:
    """A file that cannot be used is left as it is, and so is a name that no tenant has."""
    file = written(tmp_path, "support: {read: [abc]}")
    with pytest.raises(ConfigError, match=r"support\.read\.0"):
        add(file, "support", "ingest", A)
    with pytest.raises(ConfigError, match="--tenant"):
        add(tmp_path / "other.yaml", "a\nb", "ingest", A)
    assert file.read_text("utf-8") == "support: {read: [abc]}"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Basic OmFiYw==", "abc"),
        ("Basic YW5hOmE6Yg==", "a:b"),
        ("Basic YW5h", ""),
        ("Basic !!!", ""),
        ("Basic /w==", ""),
        ("Digest abc", ""),
        ("Bearer", ""),
        ("", ""),
    ],
)
def test_presented(header: str, token: str) -> None:
    """A token comes as a bearer's, or as the password behind any name; whatever else comes is none."""
    assert presented(header) == token
