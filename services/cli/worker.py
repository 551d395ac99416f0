"""`fmwatch worker`: one process of the production path."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from services.address import Address
from services.cli.clear_errors import clear_errors
from services.cli.options import config_option, host_option, metrics_option, port_option, shown


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
@metrics_option
@click.option(
    "--consumer",
    type=click.Choice(["faust", "plain"]),
    default="faust",
    show_default=True,
    help="What the step runs on.",
)
def worker_score(config: Path | None, metrics: Address | None, consumer: Literal["faust", "plain"]) -> None:
    """Score events until SIGTERM; nothing is acknowledged before it is stored."""
    from services.config import Config  # noqa: PLC0415 - loaded when asked for
    from services.worker.score import work  # noqa: PLC0415

    with clear_errors():
        work(Config.load(config), consumer, metrics)


@worker.command(
    "watch",
    short_help="Watch what was scored, alert and advise.",
    epilog=shown(
        "Example:  fmwatch worker watch --config fmwatch.yaml",
        "Start two: one leads, the other takes over when it is gone.",
    ),
)
@config_option
@metrics_option
def worker_watch(config: Path | None, metrics: Address | None) -> None:
    """Watch closed minutes, alert and advise until SIGTERM; of several processes one leads."""
    from services.config import Config  # noqa: PLC0415 - loaded when asked for
    from services.worker.watch import watch  # noqa: PLC0415

    with clear_errors():
        watch(Config.load(config), metrics)


@worker.command(
    "gateway",
    short_help="Take events in over HTTP.",
    epilog=shown(
        "Example:  fmwatch worker gateway --config fmwatch.yaml",
        "Send:     curl -d @call.json http://127.0.0.1:8765/v1/events",
        "Start as many as you like. Other machines need a token: fmwatch tokens new",
    ),
)
@config_option
@metrics_option
@host_option
@port_option(8765)
def worker_gateway(config: Path | None, metrics: Address | None, host: str, port: int) -> None:
    """Take events in until SIGTERM; what is answered with 2xx is on the brokers."""
    from services.config import Config  # noqa: PLC0415 - loaded when asked for
    from services.worker.gateway import serve  # noqa: PLC0415

    with clear_errors():
        serve(Config.load(config), host, port, metrics)


@worker.command(
    "console",
    short_help="Show the page and the read API.",
    epilog=shown(
        "Example:  fmwatch worker console --config fmwatch.yaml",
        "Other machines need a token for reading: fmwatch tokens new",
    ),
)
@config_option
@metrics_option
@host_option
@port_option(8766)
def worker_console(config: Path | None, metrics: Address | None, host: str, port: int) -> None:
    """Show fleet, alerts, advice and dead letters of a ClickHouse server until SIGTERM."""
    from services.config import Config  # noqa: PLC0415 - loaded when asked for
    from services.worker.console import serve  # noqa: PLC0415

    with clear_errors():
        serve(Config.load(config), host, port, metrics)
