"""`fmwatch grafana`: dashboards and marks for a Grafana that is already there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from services.cli.clear_errors import clear_errors
from services.cli.options import config_option, json_option, shown
from services.when import When

url_option = click.option(
    "--url", required=True, envvar="FMWATCH_GRAFANA_URL", help="Where Grafana is: http://host:3000"
)
token_option = click.option(
    "--token-file",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    envvar="FMWATCH_GRAFANA_TOKEN_FILE",
    help="File with the token of a service account with the role Editor.",
)


def asked_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say which Grafana is meant, and who asks."""
    return url_option(token_option(command))


@click.group(
    short_help="Put dashboards and marks into a Grafana that is already there.",
    epilog=shown("Example:  fmwatch grafana publish --url http://grafana:3000 --token-file token"),
)
def grafana() -> None:
    """Put dashboards and marks into a Grafana that is already there. Needs fmwatch-server[grafana]."""


@grafana.command(
    short_help="Put the dashboards there.",
    epilog=shown(
        "Example:  fmwatch grafana publish --url http://grafana:3000 --token-file token --source UID",
        "Into the folder fmwatch, in place of those of the same uid. Alert rules are not put there: mount",
        "docker/grafana/alerting, or see docs/dashboards.md. Exit code 2: Grafana refuses; 3: it is away.",
    ),
)
@asked_options
@click.option(
    "--source",
    default="fmwatch",
    show_default=True,
    metavar="UID",
    help="The data source of type ClickHouse that reads the store.",
)
@click.option(
    "--console",
    default="http://127.0.0.1:8766",
    show_default=True,
    metavar="URL",
    help="Where readers find fmwatch's console.",
)
@json_option
def publish(url: str, token_file: Path, source: str, console: str, *, as_json: bool) -> None:
    """Put the eight dashboards into a Grafana, or renew them there."""
    from services.grafana.command import reached, show_publish  # noqa: PLC0415 - loaded when asked for

    with clear_errors():
        show_publish(reached(url, token_file), url, source, console.rstrip("/"), as_json=as_json)


@grafana.command(
    short_help="Mark changes and incidents on everybody's charts.",
    epilog=shown(
        "Example:  fmwatch grafana annotate --url http://grafana:3000 --token-file token --since 1d",
        "fmwatch's own dashboards have these marks anyway. This is for the others: in a dashboard's",
        "settings add an annotation of the built-in source, filtered by the tag fmwatch. Given again, it",
        "marks what is new, corrects what is otherwise now, and removes what of its own is gone.",
        "Exit code 2: Grafana refuses; 3: it is away.",
    ),
)
@asked_options
@config_option
@click.option("--since", type=When(), default="1d", show_default=True, help="RFC 3339, or 2h, 3d ago.")
@click.option("--until", type=When(), help="As --since.  [default: now]")
@json_option
def annotate(
    url: str,
    token_file: Path,
    config: Path | None,
    since: datetime,
    until: datetime | None,
    *,
    as_json: bool,
) -> None:
    """Mark deploys, moves of models, other changes and incidents as annotations of the whole Grafana."""
    from services.grafana.command import reached, show_annotate  # noqa: PLC0415 - loaded when asked for

    with clear_errors():
        show_annotate(reached(url, token_file), config, since, until, as_json=as_json)
