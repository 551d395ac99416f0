"""`fmwatch doctor`: whether everything that is needed is there and well."""

from __future__ import annotations

from pathlib import Path

import click

from services.cli.clear_errors import clear_errors
from services.cli.options import config_option, data_option, json_option, shown


@click.command(
    short_help="Check everything that the configuration names.",
    epilog=shown(
        "Example:  fmwatch doctor --config fmwatch.yaml",
        "Exit code 0: all is well, at most to be looked after; 1: something is wrong;",
        "2: the configuration is; 3: a dependency is away. Nothing is written, sent, made or",
        "migrated, and it takes 15 seconds at most.",
    ),
)
@config_option
@data_option
@json_option
@click.pass_context
def doctor(context: click.Context, config: Path | None, data: Path, *, as_json: bool) -> None:
    """Check everything that the configuration names, and say what to do about each thing that is wrong."""
    from services.doctor.doctor import show  # noqa: PLC0415 - loaded when asked for

    with clear_errors():
        context.exit(show(config, data, as_json=as_json))
