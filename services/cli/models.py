"""`fmwatch models`: the models in use."""

from __future__ import annotations

from pathlib import Path

import click

from services.cli.clear_errors import clear_errors
from services.cli.options import config_option, data_option, json_option, shown


@click.command(
    short_help="List the models in use: life, health, spend, owners.",
    epilog=shown(
        "Example:  fmwatch models",
        "The last 14 days, what ends first on top: retired, deprecated, scheduled (it may end from a day",
        "on), unknown (nobody says), active.",
    ),
)
@data_option
@config_option
@json_option
def models(data: Path, config: Path | None, *, as_json: bool) -> None:
    """List the models in use by where they stand in their life, with health, traffic, spend and owners."""
    from services.models.command import show  # noqa: PLC0415 - loaded when asked for

    with clear_errors():
        show(data, config, as_json=as_json)
