"""The configuration: readable, right, obeyed, and its secrets not for everybody's eyes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from shlex import quote
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from services.access.tokens_file import read as read_tokens
from services.config import Config, ConfigError
from services.config_environment import PREFIX, SUFFIX
from services.config_file import read
from services.doctor.check import CONFIGURATION, Finding, fail, ok, warn
from services.wiring import check_built

NAME = "configuration"
SECRETS = "secrets"
TOKENS = "tokens"
_CORRECT = "correct that line"
_OTHERS = stat.S_IROTH | stat.S_IWOTH


class Configured(NamedTuple):
    """What the configuration says; None where it cannot be read, and then findings say why."""

    config: Config | None
    findings: list[Finding]


def configured(file: Path | None) -> Configured:
    """Read and check the configuration as every command does."""
    try:
        config = Config.load(file)
    except ConfigError as error:
        return Configured(None, list(_lines(error)))
    except OSError as error:
        return Configured(None, [fail(NAME, f"{file}: {error}", "name another --config", CONFIGURATION)])
    return Configured(config, [*_obeyed(config, file), *_secrets(config, file)])


def production(config: Config) -> bool:
    """Tell whether the configuration means the production path: it names Kafka or a ClickHouse server."""
    return bool(config.log.kafka or config.store.clickhouse)


def _obeyed(config: Config, file: Path | None) -> Iterator[Finding]:
    try:
        check_built(config)
    except ConfigError as error:
        yield from _lines(error)
        return
    form = "the production path" if production(config) else "the embedded form"
    where = f"{file} is right" if file else "no file, every key has its default"
    set_here = sorted(
        name for name in os.environ if name.startswith(PREFIX) and name[len(PREFIX) :].isupper()
    )
    also = f"; set in the environment: {', '.join(set_here)}" if set_here else ""
    yield ok(NAME, f"{where}; {form}{also}")
    for key, value, example in (
        ("log.kafka", config.log.kafka, "broker:9092"),
        ("store.clickhouse", config.store.clickhouse, "http://user@host:8123/fmwatch"),
    ):
        if production(config) and not value:
            what = f"{key} is not said, and the production path needs both log and store"
            yield fail(
                NAME, what, f"write it into the configuration file, for instance {example}", CONFIGURATION
            )


def _lines(error: ConfigError) -> Iterator[Finding]:
    for line in str(error).splitlines():
        yield fail(NAME, line, _CORRECT, CONFIGURATION)


def _secrets(config: Config, file: Path | None) -> Iterator[Finding]:
    """Look at every file that holds a secret, without reading it aloud."""
    files = dict(_named_files(read(file).content if file else {}))
    files |= {
        name: Path(value)
        for name, value in os.environ.items()
        if name.startswith(PREFIX) and name.endswith("_FILE")
    }
    if config.tokens_file and Path(config.tokens_file) not in files.values():
        files["tokens_file"] = Path(config.tokens_file)
    if file and urlsplit(config.store.clickhouse or "").password and "store.clickhouse" in _keys(file):
        files["the password in store.clickhouse"] = file
    bad = [finding for key, path in files.items() if (finding := _secret(key, path))]
    yield from bad
    if config.tokens_file and Path(config.tokens_file).is_file():
        yield from _tokens(Path(config.tokens_file))
    if files and not bad:
        yield ok(SECRETS, f"{len(files)} files, readable here and not by everybody")


def _tokens(path: Path) -> Iterator[Finding]:
    try:
        entries = read_tokens(path)
    except ConfigError as error:
        yield from (fail(TOKENS, line, _CORRECT, CONFIGURATION) for line in str(error).splitlines())
        return
    yield ok(TOKENS, f"{len(entries)} tokens of {len({entry.tenant for entry in entries})} tenants")


def _secret(key: str, path: Path) -> Finding | None:
    try:
        mode = path.stat().st_mode
        with path.open("rb"):
            pass
    except OSError as error:
        what = f"{key}: cannot read {path}: {(error.strerror or str(error)).lower()}"
        return fail(SECRETS, what, "name a file that is there, readable by this user", CONFIGURATION)
    if mode & _OTHERS:
        what = f"{key}: every user of this machine may read {path} (mode {stat.S_IMODE(mode):o})"
        return warn(SECRETS, what, f"chmod o-rwx {quote(str(path))}")
    return None


def _named_files(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Path]]:  # noqa: ANN401 - any YAML value
    if not isinstance(node, Mapping):
        return
    for key, value in node.items():
        if isinstance(key, str) and key.endswith(SUFFIX) and isinstance(value, str):
            yield ".".join((*path, key)), Path(value)
        else:
            yield from _named_files(value, (*path, str(key)))


def _keys(file: Path) -> set[str]:
    store = read(file).content.get("store")
    return {f"store.{key}" for key in store} if isinstance(store, Mapping) else set()
