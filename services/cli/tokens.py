"""`fmwatch tokens`: who may send events and read."""

from __future__ import annotations

from pathlib import Path

import click

from services.access.token import Scope
from services.cli.clear_errors import clear_errors
from services.cli.options import json_option, shown


@click.group(
    short_help="Make tokens for senders and readers.",
    epilog=shown("Example:  fmwatch tokens new --tenant support --scope ingest --file tokens.yaml"),
)
def tokens() -> None:
    """Make the tokens that let programs and people in from other machines."""


@tokens.command(
    "new",
    short_help="Make a token.",
    epilog=shown(
        "Example:  fmwatch tokens new --tenant support --scope ingest --file tokens.yaml",
        """Everybody's:  fmwatch tokens new --tenant "*" --scope read --file tokens.yaml""",
        "On call:  fmwatch tokens new --tenant support --scope read --scope act --scope content",
        "Then write tokens_file: tokens.yaml into fmwatch.yaml; new tokens need no restart.",
    ),
)
@click.option("--tenant", required=True, help='Whose events it is about; "*" for every tenant\'s.')
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(["ingest", "read", "act", "content"]),
    required=True,
    multiple=True,
    help="ingest sends events; read sees the console; besides read, act says something of alerts there "
    "and content sees what was asked and answered. Give it again for several.",
)
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Add its hash to this tokens_file; by default it is printed.",
)
@json_option
def tokens_new(tenant: str, scopes: tuple[Scope, ...], file: Path | None, *, as_json: bool) -> None:
    """Make a token and print it, once: only its hash is kept."""
    from services.access.command import new  # noqa: PLC0415 - loaded when asked for

    with clear_errors():
        new(tenant, scopes, file, as_json=as_json)
