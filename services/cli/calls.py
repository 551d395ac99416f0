"""`fmwatch demo, up, replay, score`: calls in, and what is made of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO

import click

from services.cli.clear_errors import clear_errors
from services.cli.options import (
    config_option,
    data_option,
    host_option,
    json_option,
    port_option,
    shown,
)
from stream.importers.names import FORMATS, Format

INCIDENTS = (
    "all",
    "none",
    "hallucination",
    "toxicity",
    "prompt_drift",
    "spend",
    "unpriced",
    "latency",
    "model_changed",
    "lifecycle",
    "error",
)


@click.command(
    short_help="See it at work: a fleet's traffic with arranged incidents.",
    epilog=shown(
        "Example:  fmwatch demo --seed 7 --open",
        "Everything is hermetic: an own temporary directory, a pinned clock, and nobody is notified.",
        "Live:     fmwatch demo --to http://127.0.0.1:8765 sends calls of this moment until stopped.",
    ),
)
@click.option("--seed", type=int, default=1, show_default=True, help="Moves incidents, routes and sizes.")
@click.option("--days", type=int, default=28, show_default=True, help="Simulated days.")
@click.option(
    "--incidents",
    type=click.Choice(INCIDENTS),
    default="all",
    show_default=True,
    metavar="KIND",
    help=f"Which to arrange: {', '.join(INCIDENTS)}.",
)
@click.option(
    "--open",
    "open_page",
    is_flag=True,
    help="Then serve the console on what was found; commands that ask reach it by --data.",
)
@click.option("--to", metavar="URL", help="Instead, send the fleet's calls to this gateway until stopped.")
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True, max=1000),
    default=2.0,
    show_default=True,
    help="Calls a second, with --to.",
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Holds the token to send with, with --to.",
)
@json_option
def demo(
    seed: int,
    days: int,
    incidents: str,
    to: str | None,
    *,
    rate: float,
    token_file: Path | None,
    open_page: bool,
    as_json: bool,
) -> None:
    """Run a fleet's traffic with arranged incidents through the whole pipeline and tell what was found."""
    if to is not None:
        from services.demo.live import send_until_stopped  # noqa: PLC0415 - loaded when asked for

        if open_page or as_json:
            raise click.UsageError("--to only sends: leave out --open and --json")
        with clear_errors():
            send_until_stopped(to, token_file, rate=rate, seed=seed)
        return
    from services.demo.command import show  # noqa: PLC0415 - loaded when asked for

    with clear_errors():
        show(seed=seed, days=days, incidents=incidents, open_page=open_page, as_json=as_json)


@click.command(
    short_help="Run the server: events in, alerts and console out.",
    epilog=shown(
        "Example:  fmwatch up --data ./fmwatch-data --port 8765",
        "Send:     curl -d @call.json http://127.0.0.1:8765/v1/events",
    ),
)
@data_option
@config_option
@host_option
@port_option(8765)
def up(data: Path, config: Path | None, host: str, port: int) -> None:
    """Run gateway, workers, watcher, alerter and console in one process."""
    from services.serve import serve  # noqa: PLC0415 - loaded when asked for

    with clear_errors():
        serve(data, config, port, host)


@click.command(
    short_help="Run your own calls from files through the same pipeline.",
    epilog=shown(
        "Example:  fmwatch replay calls-2026-10.jsonl.gz --data ./fmwatch-data",
        "Example:  fmwatch replay observations.csv.gz scores.csv.gz --format langfuse",
        "Example:  fmwatch replay calls-2026-11.jsonl.gz --to kafka://broker-1:9092,broker-2:9092",
        "--to only writes to the topics of the production path. Events keep their own time: its",
        "workers make dead letters of those older than 400 days. Interrupted, give the same command",
        "again: a call that is there already counts once; only a line that is no event becomes one",
        "more dead letter.",
    ),
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@data_option
@config_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    metavar="FORMAT",
    help=f"Of all files: {', '.join(FORMATS)}; by default each file's first records tell.",
)
@click.option("--notify", is_flag=True, help="Send the alerts too; by default they are only recorded.")
@click.option("--to", metavar="kafka://HOST:PORT", help="Write to these brokers instead of a data directory.")
@json_option
@click.pass_context
def replay(
    context: click.Context,
    files: tuple[str, ...],
    data: Path,
    config: Path | None,
    to: str | None,
    *,
    format_: Format | None,
    notify: bool,
    as_json: bool,
) -> None:
    """Run your own calls, JSON lines or what other tools export, through the same pipeline.

    Files may be gzipped; - is standard input.
    """
    if to is not None:
        _replay_to(context, to, files, config, format_=format_, notify=notify, as_json=as_json)
        return
    from services.replay_command import show  # noqa: PLC0415 - loaded when asked for

    with clear_errors():
        show(files, data, config, format_=format_, notify=notify, as_json=as_json)


def _replay_to(
    context: click.Context,
    to: str,
    files: tuple[str, ...],
    config: Path | None,
    *,
    format_: Format | None,
    notify: bool,
    as_json: bool,
) -> None:
    from services.replay_to import brokers, send  # noqa: PLC0415 - loaded when asked for

    if notify or context.get_parameter_source("data") is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError("--to writes to the brokers only: leave out --data, and --notify")
    with clear_errors():
        send(files, brokers(to), config, format_=format_, as_json=as_json)


@click.command(
    short_help="Judge events without storing anything.",
    epilog=shown("""Example:  echo '{"event_id": "1", ...}' | fmwatch score -"""),
)
@click.argument("file", type=click.File("rb"))
@config_option
def score(file: IO[bytes], config: Path | None) -> None:
    """Judge events without storing anything: one JSON line of verdicts per event."""
    from services.config import Config  # noqa: PLC0415 - loaded when asked for
    from services.score import score_lines  # noqa: PLC0415

    with clear_errors():
        for verdicts in score_lines(file, Config.load(config)):
            click.echo(json.dumps(verdicts, ensure_ascii=False))
