"""`fmwatch digest`: from the options to a file, a terminal or receivers."""

from __future__ import annotations

import json
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, Protocol

import click

from services.config import Config, ConfigError
from services.digest.digest import Digest
from services.digest.gather import Gather
from services.digest.letter import Posted, document, letter, post
from services.digest.markdown import markdown
from services.digest.routes import API
from services.digest.told import parts
from services.reach import reached
from services.remote import Remote, refusal
from services.store_clock import store_clock
from services.wall import now
from services.whole_file import write
from services.wiring import check_built, receivers
from services.wording.words import one_line

Code = Literal[0, 1, 3]

_WORDS = {"sent": "took it", "away": "does not answer", "refused": "refuses it"}


class Answers(Protocol):
    """What may be asked; raises ValueError for a week that is none, StoreUnavailable for another time."""

    def digest(self, named: str = "", tenant: str = "") -> Digest:
        """Return the digest of a week, the newest that is over by default."""


class Server(Remote):
    """Asks a server as if it were the directory."""

    def digest(self, named: str = "", tenant: str = "") -> Digest:
        answer = self.answer("GET", API, params={"week": named, "tenant": tenant})
        if answer.status_code == 400:  # noqa: PLR2004 - HTTP's number
            raise ValueError(refusal(answer))
        return self.decoded(answer, Digest)


def show(
    data: Path,
    config_file: Path | None,
    week: str,
    tenant: str,
    out: Path | None,
    *,
    send: bool,
    as_json: bool,
) -> Code:
    """Print, write or send the digest of a week; 1 or 3 where a receiver refuses it or is away."""
    config = Config.load(config_file)
    names = _names(config) if send else ()
    try:
        with _answers(data, config) as source:
            found = source.digest(week, tenant)
    except ValueError as error:
        raise click.UsageError(f"--week: {error}") from error
    if as_json:
        sys.stdout.write(json.dumps(document(found), ensure_ascii=False, indent=1) + "\n")
    elif out is not None:
        write(out, markdown(parts(found)).encode())
    elif not send:
        sys.stdout.write(markdown(parts(found)))
    return _sent(post(letter(found), receivers(config, now), names)) if send else 0


def _names(config: Config) -> tuple[str, ...]:
    check_built(config)
    if not config.digest.receivers:
        raise ConfigError(
            "digest.receivers: nobody is named to send it to; write for instance digest: {receivers: [chat]}"
        )
    return config.digest.receivers


def _answers(data: Path, config: Config) -> AbstractContextManager[Answers]:
    return reached(
        data,
        config,
        store=lambda database: Gather(database, config.zone, store_clock(database, config)),
        server=Server,
    )


def _sent(found: list[Posted]) -> Code:
    for one in found:
        said = f": {one.said}" if one.said else ""
        sys.stderr.write(one_line(f"{one.receiver} {_WORDS[one.outcome]}{said}") + "\n")
    outcomes = {one.outcome for one in found}
    return 1 if "refused" in outcomes else 3 if "away" in outcomes else 0
