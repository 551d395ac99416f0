"""The file of tokens: for each tenant the hashes of those that may write for it and read of it.

support:
  ingest:
  - "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
  - {sha256: "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9", events_per_second: 50}
  read: []
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, get_args

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from services.access.entry import Entry, entry
from services.access.token import Scope
from services.config_file import ConfigError, Problem
from services.config_file import read as document

SCOPES: tuple[Scope, ...] = get_args(Scope)
MOST_CHARACTERS = 128  # of a tenant's name
_MAKE = "`fmwatch tokens new` makes one"


def read(path: Path) -> list[Entry]:
    """Return every token of the file.

    Raises
    ------
    ConfigError : everything that is wrong, each with file, line and key; or it holds no token at all
    """
    entries = _checked(path)
    if not entries:
        raise ConfigError(f"{path}: there is no token in it, so nobody could come in; {_MAKE}")
    return entries


def _checked(path: Path) -> list[Entry]:
    found = document(path)
    entries: list[Entry] = []
    problems = [
        Problem((key,), "a tenant's name is text: write it in quotes")
        for key in found.source or ()
        if not isinstance(key, str)
    ]
    for tenant, scopes in found.content.items():
        problems += _misnamed(tenant)
        for item in _entries(tenant, scopes):
            if isinstance(item, Problem):
                problems.append(item)
            else:
                entries.append(item)
    problems += _shared(entries)
    if problems:
        raise found.error(problems)
    return entries


def _misnamed(tenant: str) -> list[Problem]:
    if tenant and len(tenant) <= MOST_CHARACTERS and tenant.isprintable():
        return []
    return [
        Problem((tenant,), f"is no name of a tenant: 1 to {MOST_CHARACTERS} characters that can be printed")
    ]


def _entries(tenant: str, scopes: object) -> Iterator[Entry | Problem]:
    if not isinstance(scopes, dict):
        yield Problem((tenant,), f"must be a mapping of {', '.join(SCOPES)} to lists of SHA-256 hashes")
        return
    for scope, hashes in scopes.items():
        if scope not in SCOPES:
            yield Problem((tenant, scope), f"there is no key {scope!r} here", SCOPES, str(scope))
        elif not isinstance(hashes, list):
            if hashes is not None:
                yield Problem((tenant, scope), "must be a list of SHA-256 hashes")
        else:
            for index, value in enumerate(hashes):
                yield from entry(tenant, scope, index, value)


def _shared(entries: Iterable[Entry]) -> Iterator[Problem]:
    """Find tokens that would be two tenants' at once, or stand twice with perhaps other limits."""
    owners: dict[str, str] = {}
    seen: set[tuple[str, Scope]] = set()
    for one in entries:
        if (one.sha256, one.scope) in seen and owners[one.sha256] == one.tenant:
            yield Problem(one.path, f"stands twice among the tokens of {one.scope}; take one out")
        seen.add((one.sha256, one.scope))
        if owners.setdefault(one.sha256, one.tenant) != one.tenant:
            yield Problem(one.path, f"is also a token of tenant {owners[one.sha256]!r}; make another one")


def check_name(tenant: str) -> None:
    """Raise ConfigError where this can be no tenant's name."""
    if problems := _misnamed(tenant):
        raise ConfigError(f"--tenant {tenant!r}: {problems[0].what}")


def add(path: Path, tenant: str, scopes: Scope | Iterable[Scope], sha256: str) -> None:
    """Put a hash into the file, which is made where it is not there, for one scope or several.

    Readers see the old file or the new one, never a part, and of two that add at once both do.

    Raises
    ------
    ConfigError : the file cannot be used, or the tenant's name cannot
    OSError : the file cannot be written
    """
    check_name(tenant)
    target = path.resolve()  # a link stays one
    yaml = YAML(typ="rt")
    content: Any = {}
    with _alone(target.parent):
        if target.exists():
            _checked(path)
            content = yaml.load(target.read_text("utf-8")) or {}
        known = content.get(tenant) or {}
        content[tenant] = known
        for scope in (scopes,) if isinstance(scopes, str) else scopes:
            known[scope] = known.get(scope) or []
            known[scope].append(DoubleQuotedScalarString(sha256))
        _replace(target, yaml, content)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time change what lies in a folder; the others wait."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _replace(target: Path, yaml: YAML, content: object) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            yaml.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():  # else only its owner reads it
            before = target.stat()
            with suppress(PermissionError):
                os.chown(name, before.st_uid, before.st_gid)
            Path(name).chmod(before.st_mode & 0o7777)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
