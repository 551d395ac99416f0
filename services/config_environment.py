"""Settings from the environment: FMWATCH_* variables override the file, *_file keys hold secrets."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from services.config_file import SECRET, Document, Path_, Problem

PREFIX = "FMWATCH_"
SUFFIX = "_file"
# Keys inside a section that a variable may set; sections keyed by the user's own names belong in the file.
_INNER: dict[str, tuple[str, ...]] = {
    "REFERENCE_DAYS": ("reference", "days"),
    "RENOTIFY_PAGE_HOURS": ("renotify", "page_hours"),
    "RENOTIFY_TICKET_HOURS": ("renotify", "ticket_hours"),
    "LOG_KAFKA": ("log", "kafka"),
    "STORE_CLICKHOUSE": ("store", "clickhouse"),
    "STORE_CLICKHOUSE_FILE": ("store", "clickhouse_file"),
    "STORE_CLUSTER": ("store", "cluster"),
    "STORE_SHARDED": ("store", "sharded"),
}
_TEXT = ("kafka", "clickhouse", "clickhouse_file", "cluster", "timezone")  # never read as YAML
_SECTIONS = (
    "reference",
    "teams",
    "routes",
    "receivers",
    "heartbeat",
    "rules",
    "mute",
    "renotify",
    "prices",
    "log",
    "store",
)


def overridden(
    document: Document, keys: Iterable[str], environment: Mapping[str, str] | None = None
) -> Document:
    """Return the document with what the environment says, and with secrets read from their files.

    Raises
    ------
    ConfigError : a file that should hold a secret cannot be read
    """
    environment = os.environ if environment is None else environment
    content: dict[str, Any] = deepcopy(document.content)
    origins: dict[Path_, str] = {}
    given = {path: name for name, path in _variables(keys).items() if name in environment}
    for path in given:
        _forget(content, path)
    for path, name in given.items():
        _set(content, path, _value(environment[name], path))
        origins[path] = name
    document = Document(content, document.name, document.source, origins)
    if problems := [one for section in SECRET for one in _read_secrets(content.get(section), (section,))]:
        raise document.error(problems)
    return document


def _variables(keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
    plain: dict[str, tuple[str, ...]] = {
        f"{PREFIX}{key.upper()}": (key,) for key in keys if key not in _SECTIONS
    }
    return {**plain, **{PREFIX + name: path for name, path in _INNER.items()}}


def _value(text: str, path: Path_) -> object:
    if path == ("redact",):
        return [kind.strip() for kind in text.split(",") if kind.strip()]
    try:
        return text if path[-1] in _TEXT else YAML(typ="safe").load(text)
    except YAMLError:
        return text


def _set(content: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    *sections, key = path
    for section in sections:
        inner = content.setdefault(section, {})
        if not isinstance(inner, dict):
            return  # the validator says what is wrong with it
        content = inner
    content[key] = value


def _forget(content: dict[str, Any], path: tuple[str, ...]) -> None:
    """Drop the other way in which the document says it: the value itself, or the file that it is in."""
    *sections, key = path
    section = content.get(sections[0]) if sections else None
    if isinstance(section, dict):
        section.pop(key.removesuffix(SUFFIX) if key.endswith(SUFFIX) else key + SUFFIX, None)


def _read_secrets(node: object, path: Path_) -> list[Problem]:
    """Replace each `x_file` inside a section by `x`, the file's content."""
    if not isinstance(node, dict):
        return []
    problems: list[Problem] = []
    for key in list(node):
        value = node[key]
        if isinstance(key, str) and key.endswith(SUFFIX) and isinstance(value, str):
            plain = key.removesuffix(SUFFIX)
            if node.get(plain) is not None:
                problems.append(Problem((*path, key), f"{plain} says it already; leave one of the two out"))
                continue
            try:
                node[plain] = _content(Path(value))
                del node[key]
            except (OSError, ValueError) as error:
                what = "an address as a file" if "://" in value else value  # a password may stand in it
                problems.append(Problem((*path, key), f"cannot read {what}: {_reason(error)}"))
        else:
            problems += _read_secrets(value, (*path, str(key)))
    return problems


def _content(file: Path) -> str:
    content = file.read_text(encoding="utf-8").strip()
    if not content:
        raise ValueError("it is empty")
    return content


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).lower()
