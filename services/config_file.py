"""A YAML file as plain values, and the line on which each of them stands."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedBase, CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarbool import ScalarBoolean
from ruamel.yaml.scalarfloat import ScalarFloat
from ruamel.yaml.scalarint import ScalarInt
from ruamel.yaml.scalarstring import ScalarString
from ruamel.yaml.timestamp import TimeStamp

Path_ = tuple[str | int, ...]
SECRET = (
    "receivers",
    "heartbeat",
    "store",
)  # sections that hold secrets: errors show nothing of them, *_file keys read files


class ConfigError(Exception):
    """The configuration cannot be used; the message has one line for each thing to correct."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes
    ----------
    path : keys and indexes that lead to it
    what : one clause
    allowed : the values or keys that would be right, where they can be listed
    given : what stands there, for the guess at what was meant
    """

    path: Path_
    what: str
    allowed: Sequence[str] = ()
    given: str = ""

    def sentence(self) -> str:
        """Return what is wrong, with what would be right."""
        text = self.what
        if near := difflib.get_close_matches(self.given, self.allowed, n=1, cutoff=0.6):
            text += f"; did you mean {near[0]}?"
        if self.allowed:
            text += f" (allowed: {', '.join(self.allowed)})"
        return text


@dataclass(frozen=True, slots=True)
class Document:
    """A file's content, or that of no file.

    Attributes
    ----------
    content : plain dictionaries, lists and scalars
    name : as errors call it
    source : the same with line numbers
    origins : paths that an environment variable has set, by its name
    """

    content: dict[str, Any]
    name: str
    source: CommentedMap | None = None
    origins: Mapping[Path_, str] = field(default_factory=dict)

    def error(self, problems: Iterable[Problem]) -> ConfigError:
        """Return an error that says for each problem where it is."""
        return ConfigError("\n".join(f"{self._where(one.path)}: {one.sentence()}" for one in problems))

    def _where(self, path: Path_) -> str:
        key = ".".join(str(part) for part in path)
        for length in range(len(path), 0, -1):
            if variable := self.origins.get(path[:length]):
                return f"environment variable {variable}"
        line = None if self.source is None else _line(self.source, path)
        place = self.name if line is None else f"{self.name}:{line}"
        return f"{place}: {key}" if key else place


def read(path: Path) -> Document:
    """Return the content of a YAML file.

    Raises
    ------
    ConfigError : there is no such file, it is not UTF-8 or not YAML, or a key stands twice
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: the file is not UTF-8; save it as UTF-8") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError(f"{path}: cannot be read: {reason}; give the path of a YAML file") from error
    try:
        source = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        # The values of a key that stands twice are left out: a secret may be among them.
        what = _first_line(error.problem).partition(" with value ")[0]
        raise ConfigError(f"{path}:{line}: not readable as YAML: {what}") from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not readable as YAML: {_first_line(str(error))}") from error
    if source is None:
        return Document({}, str(path))
    if not isinstance(source, CommentedMap):
        raise ConfigError(f"{path}:1: must be a mapping of keys to values, such as pages_per_month: 1")
    # A key with nothing behind it means its default.
    content = {str(key): _plain(value) for key, value in source.items() if value is not None}
    return Document(content, str(path), source)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any YAML value
    if isinstance(value, CommentedMap):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, CommentedSeq):
        return [_plain(item) for item in value]
    if isinstance(value, TimeStamp):  # which loses its zone when it is copied
        return datetime.fromisoformat(value.isoformat())
    for kind, plain in ((ScalarBoolean, bool), (ScalarFloat, float), (ScalarInt, int), (ScalarString, str)):
        if isinstance(value, kind):
            return plain(value)
    return value


def _line(source: CommentedBase, path: Path_) -> int | None:
    """Return the line of the last part of the path that stands in the file."""
    line: int | None = None
    node: Any = source
    for part in path:
        try:
            place = node.lc.key(part) if isinstance(node, CommentedMap) else node.lc.item(part)
            node = node[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
        line = place[0] + 1
    return line


def _first_line(message: str | None) -> str:
    lines = [line.strip() for line in (message or "").splitlines() if line.strip()]
    return lines[0] if lines else "something is wrong here"
