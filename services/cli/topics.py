"""`fmwatch topics`: the topics of a Kafka cluster."""

from __future__ import annotations

from pathlib import Path

import click

from services.cli.clear_errors import clear_errors
from services.cli.options import config_option, json_option, shown


@click.group(
    short_help="Create and check the topics of a Kafka cluster.",
    epilog=shown("Example:  fmwatch topics create --config fmwatch.yaml"),
)
def topics() -> None:
    """Keep the topics of a Kafka cluster as the table of fmwatch says."""


@topics.command(
    "create",
    short_help="Create what is missing, raise what is too low.",
    epilog=shown("Example:  fmwatch topics create --config fmwatch.yaml"),
)
@config_option
@click.option("--replicas", type=click.IntRange(1, 9), help="Copies.  [default: 3, or one a broker]")
@json_option
def topics_create(config: Path | None, replicas: int | None, *, as_json: bool) -> None:
    """Create topics that are missing and raise what is lower than the table; never shrinks anything."""
    from services import topics_command  # noqa: PLC0415 - loaded when asked for
    from services.config import Config  # noqa: PLC0415

    with clear_errors():
        topics_command.create(Config.load(config), replicas, as_json=as_json)


@topics.command(
    "check", epilog=shown("Example:  fmwatch topics check --json", "Exit code 1: something differs.")
)
@config_option
@json_option
@click.pass_context
def topics_check(context: click.Context, config: Path | None, *, as_json: bool) -> None:
    """Say what differs from the table, and what to do about it."""
    from services import topics_command  # noqa: PLC0415 - loaded when asked for
    from services.config import Config  # noqa: PLC0415

    with clear_errors():
        context.exit(topics_command.check(Config.load(config), as_json=as_json))
