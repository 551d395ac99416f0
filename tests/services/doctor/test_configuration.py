from __future__ import annotations

from pathlib import Path

import pytest

from services.access.token import digest
from services.doctor.check import CONFIGURATION, exit_code
from services.doctor.configuration import configured, production
from tests.services.doctor.findings import one

SECRET = "hush-hush"  # noqa: S105 - nobody's


def written(folder: Path, text: str) -> Path:
    """Return a configuration file with a text in it, for its owner's eyes only."""
    file = folder / "fmwatch.yaml"
    file.write_text(text, "utf-8")
    file.chmod(0o600)
    return file


def test_none() -> None:
    """Without a file every key has its default, and the form is the embedded one."""
    found = configured(None)
    assert found.config is not None
    assert not production(found.config)
    assert one(found.findings, "configuration").status == "ok"


def test_unknown_key(tmp_path: Path) -> None:
    """Each thing that is wrong is named with file, line, key and what was meant."""
    file = written(tmp_path, "timezone: Mars\npages_per_mont: 2\n")
    found = configured(file)
    assert found.config is None
    assert exit_code(found.findings) == CONFIGURATION
    said = "\n".join(finding.what for finding in found.findings)
    assert f"{file}:1: timezone" in said
    assert f"{file}:2: pages_per_mont" in said
    assert "did you mean pages_per_month?" in said


def test_no_file(tmp_path: Path) -> None:
    """A file that is not there is the configuration's fault."""
    assert exit_code(configured(tmp_path / "none.yaml").findings) == CONFIGURATION


@pytest.mark.parametrize("key", ["log.kafka", "store.clickhouse"])
def test_half(tmp_path: Path, key: str) -> None:
    """The production path needs both a log and a store; the one that is missing is named."""
    other = {"log.kafka": "store: {clickhouse: 'http://h/x'}", "store.clickhouse": "log: {kafka: 'h:1'}"}
    found = configured(written(tmp_path, other[key]))
    (finding,) = [one for one in found.findings if one.status == "fail"]
    assert key in finding.what
    assert finding.code == CONFIGURATION


def test_secrets(tmp_path: Path) -> None:
    """A secret that everybody may read is to be looked after; the remedy mends it, and it is never said."""
    secret = tmp_path / "webhook secret"
    secret.write_text(SECRET)
    secret.chmod(0o644)
    text = f"receivers: {{a: {{webhook: {{url: 'http://localhost/x', secret_file: '{secret}'}}}}}}"
    file = written(tmp_path, text)
    finding = one(configured(file).findings, "secrets")
    assert finding.status == "warn"
    assert "receivers.a.webhook.secret_file" in finding.what
    assert "mode 644" in finding.what
    assert finding.remedy == f"chmod o-rwx '{secret}'"
    secret.chmod(0o640)
    assert one(configured(file).findings, "secrets").status == "ok"
    assert SECRET not in str(configured(file).findings)


def test_password_in_file(tmp_path: Path) -> None:
    """A configuration with a password in it is a secret too."""
    file = written(tmp_path, "store: {clickhouse: 'http://me:hush-hush@h:8123/x'}\nlog: {kafka: 'h:1'}\n")
    file.chmod(0o644)
    finding = one(configured(file).findings, "secrets")
    assert finding.status == "warn"
    assert SECRET not in str(configured(file).findings)


def test_tokens(tmp_path: Path) -> None:
    """The file of tokens is read as the servers read it, and its tokens are counted."""
    tokens = tmp_path / "tokens.yaml"
    tokens.write_text(
        f"support: {{ingest: ['{digest('a')}', '{digest('b')}']}}\nsearch: {{read: ['{digest('c')}']}}\n"
    )
    tokens.chmod(0o600)
    file = written(tmp_path, f"tokens_file: {tokens}\n")
    assert one(configured(file).findings, "tokens").what == "3 tokens of 2 tenants"
    tokens.write_text("support: {ingest: [short]}\n")
    finding = one(configured(file).findings, "tokens")
    assert (finding.status, finding.code) == ("fail", CONFIGURATION)
    assert f"{tokens}:1" in finding.what


def test_no_tokens(tmp_path: Path) -> None:
    """A file of tokens that is not there is named with its key."""
    file = written(tmp_path, f"tokens_file: {tmp_path / 'none'}\n")
    finding = one(configured(file).findings, "secrets")
    assert finding.status == "fail"
    assert "tokens_file: cannot read" in finding.what
