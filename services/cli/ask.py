"""`fmwatch advise`: what to move to."""

from __future__ import annotations

from pathlib import Path

import click

from services.cli.clear_errors import clear_errors
from services.cli.options import data_option, json_option, shown


@click.command(
    short_help="Say which models are outdated, and what could replace them.",
    epilog=shown("Example:  fmwatch advise support/answer"),
)
@click.argument("route", required=False, default="")
@data_option
@json_option
def advise(route: str, data: Path, *, as_json: bool) -> None:
    """Say which models in use are outdated, and what could replace them."""
    from services.ask import show_advice  # noqa: PLC0415 - loaded when asked for

    with clear_errors():
        show_advice(data, route, as_json=as_json)
