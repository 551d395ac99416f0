"""`fmwatch rules`: what the rules mean, what they would have done, and whether they reach anybody."""

from __future__ import annotations

from pathlib import Path

import click

from services.cli.clear_errors import clear_errors
from services.cli.options import config_option, data_option, json_option, shown


@click.group(epilog=shown("Example:  fmwatch rules check --config fmwatch.yaml"))
def rules() -> None:
    """Check rules, try them on the past, and test who is reached."""


@rules.command(
    short_help="Say what each rule means for the fleet of today.",
    epilog=shown(
        "Example:  fmwatch rules check --config fmwatch.yaml --data ./fmwatch-data",
        "For each rule: the series it decides about, how urgent, who hears of it, and how many false",
        "pages and tickets a month it is promised. Exit code 0: all is well; 1: there are warnings;",
        "2: the configuration is wrong; 3: the store is away. Nothing is written or sent.",
    ),
)
@config_option
@data_option
@json_option
@click.pass_context
def check(context: click.Context, config: Path | None, data: Path, *, as_json: bool) -> None:
    """Resolve every rule against the calls of the last 30 days, and warn of what nobody will have meant."""
    from services.rules.command import show_check  # noqa: PLC0415 - loaded when asked for

    with clear_errors():
        context.exit(show_check(data, config, as_json=as_json))


@rules.command(
    short_help="Say what would have fired in the last days.",
    epilog=shown(
        "Example:  fmwatch rules backtest --days 30 --config changed.yaml",
        "The stored calls go through the real monitors and the real alerter once more, in a copy of",
        "their own: nobody is notified and nothing is written. Beside the budgets that are stated, half",
        "and four times of them are tried on the same calls.",
    ),
)
@click.option(
    "--days",
    type=click.IntRange(1, 400),
    default=30,
    show_default=True,
    help="How far back; the days of learning before them are read as well.",
)
@config_option
@data_option
@json_option
def backtest(days: int, config: Path | None, data: Path, *, as_json: bool) -> None:
    """Replay what is stored under a configuration, and print what would have fired, by rule."""
    from services.rules.command import show_backtest  # noqa: PLC0415 - loaded when asked for

    with clear_errors():
        show_backtest(data, config, days, as_json=as_json)


@rules.command(
    "test-fire",
    short_help="Send a test alert, and its end, through receivers.",
    epilog=shown(
        "Example:  fmwatch rules test-fire --receiver pager --config fmwatch.yaml",
        "The alert says of itself that it is a test; it pages whoever is on call. Exit code 0: all took",
        "both; 1: one refuses; 2: usage or configuration; 3: one does not answer.",
    ),
)
@click.option("--receiver", "names", multiple=True, metavar="NAME", help="Only this one; may be repeated.")
@config_option
@json_option
@click.pass_context
def test_fire(context: click.Context, names: tuple[str, ...], config: Path | None, *, as_json: bool) -> None:
    """Send a marked test alert and then its end to every receiver, and print what each answered."""
    from services.rules.command import show_test_fire  # noqa: PLC0415 - loaded when asked for

    with clear_errors():
        context.exit(show_test_fire(config, names, as_json=as_json))
