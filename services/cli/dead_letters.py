"""`fmwatch dead-letters`: what could not be taken in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from services.cli.clear_errors import clear_errors
from services.cli.options import config_option, data_option, json_option, meant_options, shown


@click.group("dead-letters", epilog=shown("Example:  fmwatch dead-letters list --since 3d"))
def dead_letters() -> None:
    """Look at what could not be taken in, and hand it in again."""


@dead_letters.command(
    "list",
    short_help="List them, the newest first.",
    epilog=shown(
        "Example:  fmwatch dead-letters list --reason invalid_json --since 3d",
        "A letter from a replayed file was refused at that file's own time.",
    ),
)
@meant_options
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="The newest so many."
)
@data_option
@json_option
def dead_letters_list(
    *,
    reason: str | None,
    since: datetime | None,
    until: datetime | None,
    tenant: str,
    limit: int,
    data: Path,
    as_json: bool,
) -> None:
    """List what could not be taken in, the newest first: why, and what became of it since."""
    from services.dead_letters.command import show_list  # noqa: PLC0415 - loaded when asked for
    from store.dead_letters import Asked  # noqa: PLC0415

    with clear_errors():
        show_list(data, Asked(reason or "", tenant, since, until), limit, as_json=as_json)


@dead_letters.command(
    "show",
    short_help="Show everything about one.",
    epilog=shown("Example:  fmwatch dead-letters show generations-3-17-0"),
)
@click.argument("letter", metavar="ID")
@data_option
@json_option
def dead_letters_show(letter: str, data: Path, *, as_json: bool) -> None:
    """Show everything about one dead letter: why, where it came from, and its original."""
    from services.dead_letters.command import show_one  # noqa: PLC0415 - loaded when asked for

    with clear_errors():
        show_one(data, letter, as_json=as_json)


@dead_letters.command(
    "replay",
    short_help="Hand them in again.",
    epilog=shown(
        "Example:  fmwatch dead-letters replay --reason clock_out_of_range --restamp",
        "Without IDs: all that are meant and that no replay has stored. Exit code 1: some refused again.",
        "A letter stays itself: refused again it keeps its id, and nothing is stored twice.",
        "--restamp gives an event the time at which it was refused; its event_id stays, its own time is",
        "kept in extra as restamped_from. Any number of replays give the same identity.",
    ),
)
@click.argument("letters", nargs=-1, metavar="[ID]...")
@meant_options
@click.option("--restamp", is_flag=True, help="Take events whose clock was wrong, as of when they came.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of them.")
@data_option
@config_option
@json_option
@click.pass_context
def dead_letters_replay(
    context: click.Context,
    *,
    letters: tuple[str, ...],
    reason: str | None,
    since: datetime | None,
    until: datetime | None,
    tenant: str,
    data: Path,
    config: Path | None,
    restamp: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Hand dead letters in again, so that what this version can read now is stored."""
    from services.dead_letters.command import replay as replay_letters  # noqa: PLC0415 - loaded when asked for
    from store.dead_letters import Asked  # noqa: PLC0415

    asked = Asked(reason or "", tenant, since, until)
    if letters and asked != Asked():
        raise click.UsageError("name letters by their ids, or say which are meant, not both")
    with clear_errors():
        context.exit(
            replay_letters(data, config, letters, asked, restamp=restamp, dry_run=dry_run, as_json=as_json)
        )
