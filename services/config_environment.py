"""Settings from the environment: FMWATCH_* variables override the file, *_file keys hold secrets."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from services.config_file import Document, Path_, Problem

PREFIX = "FMWATCH_"
SUFFIX = "_file"
# Keys inside a section that a variable may set; sections keyed by the user's own names belong in the file.
_INNER: dict[str, tuple[str, ...]] = {
    "REFERENCE_DAYS": ("reference", "days"),
    "LOG_KAFKA": ("log", "kafka"),
    "STORE_CLICKHOUSE": ("store", "clickhouse"),
}
_SECTIONS = ("reference", "teams", "routes", "receivers", "rules", "prices", "log", "store")


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
    for name, path in _variables(keys).items():
        if name in environment:
            _set(content, path, _value(environment[name], path))
            origins[path] = name
    document = Document(content, document.name, document.source, origins)
    if problems := list(_read_secrets(content.get("receivers"), ("receivers",))):
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
        return YAML(typ="safe").load(text) if path[-1] not in ("kafka", "clickhouse", "timezone") else text
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


def _read_secrets(node: object, path: Path_) -> list[Problem]:
    """Replace each `x_file` inside a section by `x`, the file's content."""
    if not isinstance(node, dict):
        return []
    problems: list[Problem] = []
    for key in list(node):
        value = node[key]
        if isinstance(key, str) and key.endswith(SUFFIX) and isinstance(value, str):
            try:
                node[key.removesuffix(SUFFIX)] = Path(value).read_text(encoding="utf-8").strip()
                del node[key]
            except (OSError, UnicodeDecodeError) as error:
                problems.append(Problem((*path, key), f"cannot read {value}: {_reason(error)}"))
        else:
            problems += _read_secrets(value, (*path, str(key)))
    return problems


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).lower()
