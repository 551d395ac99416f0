"""`fmwatch digest`: the week in words."""

from __future__ import annotations

from pathlib import Path

import click

from services.cli.clear_errors import clear_errors
from services.cli.options import config_option, data_option, json_option, out_option, shown, tenant_option


@click.command(
    short_help="Say what a week changed and cost, and what waiting costs.",
    epilog=shown(
        "Example:  fmwatch digest --week 2026-W47 --out week.md",
        "          fmwatch digest --send --config fmwatch.yaml",
        "A running server sends it by itself on Mondays: digest: {receivers: [chat]} in fmwatch.yaml.",
        "Exit code 1 where a receiver refuses it, 3 where one does not answer.",
    ),
)
@click.option(
    "--week", default="", metavar="YYYY-Wnn", help="The ISO week.  [default: the last that is over]"
)
@out_option
@click.option("--send", is_flag=True, help="Send it now to the receivers under digest in the configuration.")
@tenant_option
@data_option
@config_option
@json_option
@click.pass_context
def digest(
    context: click.Context,
    *,
    week: str,
    out: Path | None,
    send: bool,
    tenant: str,
    data: Path,
    config: Path | None,
    as_json: bool,
) -> None:
    """Say what a week changed and cost, what got worse, and what it costs to wait, as Markdown."""
    from services.digest.command import show  # noqa: PLC0415 - loaded when asked for

    with clear_errors():
        code = show(data, config, week, tenant, out, send=send, as_json=as_json)
    context.exit(code)
