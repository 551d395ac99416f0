"""Options that several commands share, and how their examples are shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import click

from services.address import HOST, AddressType
from services.when import When
from stream.errors import Reason

DATA = Path("fmwatch-data")

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=DATA,
    show_default=True,
    envvar="FMWATCH_DATA",
    help="Data directory: log and store.",
)
config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="FMWATCH_CONFIG",
    help="Configuration file; without one every key has its default.",
)
metrics_option = click.option(
    "--metrics",
    type=AddressType(),
    envvar="FMWATCH_METRICS",
    metavar="[HOST:]PORT",
    help="Where Prometheus reads /metrics, and /healthz says how the process is. "
    "[default: 127.0.0.1:9464, or a free port]",
)
host_option = click.option(
    "--host",
    default=HOST,
    show_default=True,
    help="Where to listen; other than this machine only with a tokens_file in the configuration.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
reason_option = click.option(
    "--reason",
    type=click.Choice(get_args(Reason)),
    metavar="REASON",
    help=f"Only those refused for it: {', '.join(get_args(Reason))}.",
)
since_option = click.option("--since", type=When(), help="Only those refused since: RFC 3339, or 2h, 3d ago.")
until_option = click.option("--until", type=When(), help="Only those refused before; as --since.")
out_option = click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write, replaced as a whole.  [default: print]",
)
tenant_option = click.option("--tenant", default="", help="Only this tenant's.")


def asking_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say with which key, how fast and how patiently an endpoint is asked."""
    for option in (
        click.option(
            "--timeout",
            "timeout_s",
            type=click.FloatRange(min=1),
            default=120.0,
            show_default=True,
            help="Seconds for one answer.",
        ),
        click.option(
            "--per-minute",
            type=click.FloatRange(min=0, min_open=True),
            default=60.0,
            show_default=True,
            help="Requests, repeated ones included.",
        ),
        click.option(
            "--key-file",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            help="File with the key.",
        ),
        click.option("--key-env", default="", metavar="VARIABLE", help="Environment variable with the key."),
    ):
        command = option(command)
    return command


def meant_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say which dead letters are meant."""
    return reason_option(since_option(until_option(tenant_option(command))))


def port_option(usual: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the option that says at which port to listen."""
    kind = click.IntRange(0, 65535)
    return click.option("--port", type=kind, default=usual, help=f"0 takes a free one.  [default: {usual}]")


def shown(*lines: str) -> str:
    """Return lines that stand below a command's options as they are, each of them."""
    return "\n".join(("\b", *lines))
