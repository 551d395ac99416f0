"""Schemathesis sends a gateway that listens what the OpenAPI document allows, and what it does not.

FUZZ_EXAMPLES=5000 asks for so many examples of each operation instead of a few dozen.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.applications import Starlette

from services.access.door import TokenDoor
from services.access.token import digest
from services.access.tokens import Tokens
from services.gateway.http import Gateway
from services.gateway.openapi import FILE
from services.gateway.testing import OWN, TOKEN, Memory
from services.listening import in_thread
from stream.border import Border, tenant_of
from tests.stream.fakes import NOON

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "20")
CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_headers_conformance", "response_schema_conformance", "unsupported_method", "ignored_auth"),
)
WHAT = (
    *("--phases", "examples,coverage,fuzzing", "--generation-deterministic"),
    *("--warnings", "off", "--no-color"),
)


@pytest.mark.timeout(3600 if "FUZZ_EXAMPLES" in os.environ else 300)
def test_fuzzed(tmp_path: Path) -> None:
    """Whatever it sends, each answer is one that the document has, and the log holds the sender's alone."""
    tokens = tmp_path / "tokens.yaml"
    tokens.write_text(f'{OWN}: {{ingest: ["{digest(TOKEN)}"]}}', encoding="utf-8")
    log = Memory()
    gateway = Gateway(log, Border(), lambda: NOON, entrance=TokenDoor(Tokens(tokens)))
    with in_thread(Starlette(routes=gateway.routes())) as url:
        ran = subprocess.run(
            [
                *(SCHEMATHESIS, "run", FILE, "--url", url, "--header", f"Authorization: Bearer {TOKEN}"),
                *("--checks", ",".join(CHECKS), "--max-examples", EXAMPLES, *WHAT),
            ],
            env={
                **os.environ,
                "SCHEMATHESIS_HOOKS": "tests.services.gateway.fuzzing",
                "PYTHONPATH": _root(),
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert {tenant_of(record.key) for record in log.taken()} == {OWN}


def _root() -> str:
    return str(Path(__file__).parents[3])
