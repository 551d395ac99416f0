"""`fmwatch tokens new`: a token for whoever sends or reads, and its hash for the file."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from services.access.token import Scope, digest, fresh
from services.access.tokens_file import add, check_name


def new(tenant: str, scopes: Sequence[Scope], file: Path | None, *, as_json: bool) -> None:
    """Make a token, put its hash into the file where one is named, and print it: nobody can print it again.

    Raises
    ------
    ConfigError : the tenant's name or the file cannot be used; then there is no new token
    """
    check_name(tenant)
    scopes = list(dict.fromkeys(scopes))
    token = fresh()
    sha256 = digest(token)
    if file is not None:
        add(file, tenant, scopes, sha256)
    if as_json:
        place = str(file) if file else None
        made = {"tenant": tenant, "scopes": scopes, "token": token, "sha256": sha256, "file": place}
        sys.stdout.write(json.dumps(made, ensure_ascii=False, indent=1) + "\n")
        return
    sys.stdout.write(f"{token}\n")
    sys.stderr.write(_told(tenant, scopes, sha256, file))


def _told(tenant: str, scopes: Sequence[Scope], sha256: str, file: Path | None) -> str:
    once = "This token is shown once; keep it where its sender or reader finds it.\n"
    if file is not None:
        return f"{once}Its hash is in {file}; servers that use the file take it from now on.\n"
    name = json.dumps(tenant, ensure_ascii=False)
    lines = "".join(f'  {scope}: ["{sha256}"]\n' for scope in scopes)
    return f"{once}For the tokens_file, where only its hash belongs:\n\n{name}:\n{lines}"
