"""`fmwatch moved`: does a move keep its promise."""

from __future__ import annotations

from pathlib import Path

import click

from services.cli.clear_errors import clear_errors
from services.cli.options import config_option, data_option, json_option, shown


@click.command(
    short_help="Verify moves from one model to another: go on, wait, roll back, done.",
    epilog=shown(
        "Example:  fmwatch moved --route support/answer",
        "Exit code 1: a move should be rolled back.",
        "A move is declared by a change of kind model (route, from, to), or shows in the traffic.",
    ),
)
@click.option("--route", default="", help="Only on this route.")
@click.option(
    "--days", type=click.IntRange(1, 365), default=60, show_default=True, help="Moves of so many days."
)
@data_option
@config_option
@json_option
@click.pass_context
def moved(
    context: click.Context, *, route: str, days: int, data: Path, config: Path | None, as_json: bool
) -> None:
    """Say of each move how far it is, whether it keeps its promise, and what to do next."""
    from services.moved.command import show  # noqa: PLC0415 - loaded when asked for

    with clear_errors():
        context.exit(show(data, config, route, days, as_json=as_json))
