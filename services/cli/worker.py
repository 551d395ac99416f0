"""`fmwatch worker`: one process of the production path."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from services.cli.clear_errors import clear_errors
from services.cli.options import config_option, shown


@click.group(
    short_help="Run a process of the production path.",
    epilog=shown("Example:  fmwatch worker score --config fmwatch.yaml"),
)
def worker() -> None:
    """Run one process of the production path: Kafka and a ClickHouse server."""


@worker.command(
    "score",
    short_help="Score events from Kafka into ClickHouse.",
    epilog=shown(
        "Example:  fmwatch worker score --config fmwatch.yaml",
        "Start as many as you like, up to the partitions of llm.generations; they share the work.",
    ),
)
@config_option
@click.option(
    "--consumer",
    type=click.Choice(["faust", "plain"]),
    default="faust",
    show_default=True,
    help="What the step runs on.",
)
def worker_score(config: Path | None, consumer: Literal["faust", "plain"]) -> None:
    """Score events until SIGTERM; nothing is acknowledged before it is stored."""
    from services.config import Config  # noqa: PLC0415 - loaded when asked for
    from services.worker.score import work  # noqa: PLC0415

    with clear_errors():
        work(Config.load(config), consumer)


@worker.command(
    "watch",
    short_help="Watch what was scored, alert and advise.",
    epilog=shown(
        "Example:  fmwatch worker watch --config fmwatch.yaml",
        "Start two: one leads, the other takes over when it is gone.",
    ),
)
@config_option
def worker_watch(config: Path | None) -> None:
    """Watch closed minutes, alert and advise until SIGTERM; of several processes one leads."""
    from services.config import Config  # noqa: PLC0415 - loaded when asked for
    from services.worker.watch import watch  # noqa: PLC0415

    with clear_errors():
        watch(Config.load(config))
