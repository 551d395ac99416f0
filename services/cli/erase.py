"""`fmwatch erase`: all data of a person, or of a tenant."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from services.cli.clear_errors import clear_errors
from services.cli.options import config_option, data_option, json_option, shown


@click.command(
    short_help="Erase all data of a person or a tenant.",
    epilog=shown(
        "Example:  fmwatch erase --user-hash 5e884898da28 --dry-run",
        "          fmwatch erase --user-hash 5e884898da28 --yes --json > receipt.json",
        "Calls, texts, verdicts, feedback and dead letters go, sums are made anew, and what comes back of",
        "the time before is not stored. Exit code 1: something is still there, erase again later.",
    ),
)
@click.option("--user-hash", default="", metavar="HASH", help="The person's, as events carry it.")
@click.option(
    "--tenant", default="", metavar="NAME", help="All of this tenant; with --user-hash: there only."
)
@click.option("--dry-run", is_flag=True, help="Only count what would go.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
@config_option
@json_option
@click.pass_context
def erase(
    context: click.Context,
    *,
    user_hash: str,
    tenant: str,
    dry_run: bool,
    yes: bool,
    data: Path,
    config: Path | None,
    as_json: bool,
) -> None:
    """Erase all data of a person or a tenant, from every table and from the log, and print a receipt."""
    from services.erase.command import run  # noqa: PLC0415 - loaded when asked for
    from store.subject import Subject  # noqa: PLC0415

    if not (user_hash or tenant):
        raise click.UsageError("say whose data: --user-hash HASH, --tenant NAME, or both")
    if not (yes or dry_run or sys.stdin.isatty()):
        raise click.UsageError("nobody is there to be asked: say --yes, or look first with --dry-run")

    def sure(would: str) -> None:
        if not yes:
            click.echo(would, err=True)
            click.confirm("Erase it? This cannot be undone", abort=True, err=True)

    with clear_errors():
        subject = Subject(user_hash, tenant)
        context.exit(run(data, config, subject, dry_run=dry_run, as_json=as_json, sure=sure))
