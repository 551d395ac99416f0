"""`fmwatch alerts`: what needs somebody, what people say of it, and what is not watched yet."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import click

from services.cli.clear_errors import clear_errors
from services.cli.options import config_option, data_option, json_option, shown

STATES = ("open", "pending", "firing", "acknowledged", "resolved", "muted")
SERIES_STATES = ("learning", "borrowed", "insufficient", "no_data", "watched")
SEVERITIES = ("page", "ticket", "info")

team_option = click.option("--team", default="*", help="Only this team's; a name or a glob.")
route_option = click.option("--route", default="*", help="Only of this route; a name or a glob.")
signal_option = click.option("--signal", default="*", help="Only of this signal; a name or a glob.")


@click.group(epilog=shown("Example:  fmwatch alerts list --state open"))
def alerts() -> None:
    """Look at what needs somebody, and say what it was."""


@alerts.command(
    "list",
    short_help="List them, and how many were false.",
    epilog=shown(
        "Example:  fmwatch alerts list --state open --team support",
        "ID in the other commands is the beginning of an id, as far as no other one begins so.",
    ),
)
@click.option(
    "--state", type=click.Choice(STATES), default=None, metavar="STATE", help=f"One of {', '.join(STATES)}."
)
@click.option("--severity", type=click.Choice(SEVERITIES), default=None, help="Only as urgent as this.")
@click.option(
    "--days",
    type=click.IntRange(0, 3650),
    default=30,
    show_default=True,
    help="Those that were over within so many days; open ones are all there.",
)
@team_option
@route_option
@signal_option
@data_option
@config_option
@json_option
def alerts_list(
    *,
    state: str | None,
    severity: str | None,
    days: int,
    team: str,
    route: str,
    signal: str,
    data: Path,
    config: Path | None,
    as_json: bool,
) -> None:
    """List the alerts that are open or were over lately, and how many of a month people called false."""
    from services.alerts.command import Asked, show_list  # noqa: PLC0415 - loaded when asked for

    asked = Asked(state or "", team, route, severity or "", signal)
    with clear_errors():
        show_list(data, config, asked, days, as_json=as_json)


@alerts.command(
    "series",
    short_help="Show what is watched, and what cannot be yet.",
    epilog=shown(
        "Example:  fmwatch alerts series --state learning",
        "learning: the reference is not complete, and when it will be; borrowed: nor is it, but siblings",
        "have lent theirs; insufficient: too few calls for one;",
        "no_data: no call that could be judged for a day; watched.",
    ),
)
@click.option(
    "--state",
    type=click.Choice(SERIES_STATES),
    default=None,
    metavar="STATE",
    help=f"One of {', '.join(SERIES_STATES)}.",
)
@team_option
@route_option
@signal_option
@data_option
@config_option
@json_option
def alerts_series(
    *, state: str | None, team: str, route: str, signal: str, data: Path, config: Path | None, as_json: bool
) -> None:
    """Show which series are watched for which signal, and which cannot be yet and why."""
    from services.alerts.command import Asked, show_series  # noqa: PLC0415 - loaded when asked for

    with clear_errors():
        show_series(data, config, Asked(state or "", team, route, signal=signal), as_json=as_json)


def _saying(
    name: Literal["ack", "resolve", "expected", "false"], short: str, long: str, *more: str
) -> Callable[..., None]:
    """Return the command by which a person says something of alerts."""

    def said(
        *, ids: tuple[str, ...], by: str | None, note: str, data: Path, config: Path | None, as_json: bool
    ) -> None:
        from services.alerts.command import say  # noqa: PLC0415 - loaded when asked for

        with clear_errors():
            say(data, config, ids, name, by=by or _user(), note=note, as_json=as_json)

    said.__doc__ = long
    for decorate in (
        json_option,
        config_option,
        data_option,
        click.option("--note", default="", help="Why; it is kept with the alert."),
        click.option("--by", metavar="NAME", help="Who says so.  [default: your user name]"),
        click.argument("ids", nargs=-1, required=True, metavar="ID..."),
    ):
        said = decorate(said)
    return alerts.command(name, short_help=short, epilog=shown(*more))(said)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:  # a container's user need not have a name
        raise click.UsageError("say who says so: --by NAME") from error


ack = _saying(
    "ack",
    "Say that you work on it.",
    "Say that somebody works on these alerts: they are not told again.",
    'Example:  fmwatch alerts ack 3fa8 --note "rolling back"',
)
resolve = _saying(
    "resolve",
    "Say that it is over.",
    "Say that these alerts are over; whoever was told of them is told so.",
    "Example:  fmwatch alerts resolve 3fa8",
    "The same trouble, once it has gone and come back, is a new alert.",
)
expected = _saying(
    "expected",
    "Say that the change was meant: learn it.",
    "Say that the change behind these alerts is meant: they are over, and their references begin anew.",
    'Example:  fmwatch alerts expected 3fa8 --note "prompt v14 answers longer"',
    "Until the new references are there the series are learning: see fmwatch alerts series.",
    "Of an alert that ended by itself it is only counted.",
)
false = _saying(
    "false",
    "Say that there was nothing.",
    "Say that these alerts were false: they are over, counted as false, and their references stay.",
    "Example:  fmwatch alerts false 3fa8",
    "fmwatch alerts list compares the count with pages_per_month and tickets_per_month.",
)
