"""The command `fmwatch`. Each command loads what it needs when it runs, so that help is instant."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import IO, NoReturn

import click

DATA = Path("fmwatch-data")
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
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")


class Refused(click.ClickException):
    """Usage or configuration is wrong: exit code 2."""

    exit_code = 2


class Away(click.ClickException):
    """Something fmwatch depends on does not answer: exit code 3."""

    exit_code = 3


def _shown(*lines: str) -> str:
    """Return lines that stand below a command's options as they are, each of them."""
    return "\n".join(("\b", *lines))


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_shown(
        "Try it:          fmwatch demo",
        "Your own calls:  fmwatch replay calls.jsonl",
        "Run it:          fmwatch up",
    ),
)
@click.version_option(package_name="fmwatch-server", prog_name="fmwatch")
def main() -> None:
    """Watch the foundation models you run: quality, spend, change, and what should replace them."""


@main.command(
    short_help="See it at work: a fleet's traffic with arranged incidents.",
    epilog=_shown(
        "Example:  fmwatch demo --seed 7 --open",
        "Everything is hermetic: an own temporary directory, a pinned clock, and nobody is notified.",
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
@click.option("--open", "open_page", is_flag=True, help="Then serve the console on what was found.")
@json_option
def demo(seed: int, days: int, incidents: str, *, open_page: bool, as_json: bool) -> None:
    """Run a fleet's traffic with arranged incidents through the whole pipeline and tell what was found."""
    from services.demo.command import show  # noqa: PLC0415 - loaded when asked for

    with _clear_errors():
        show(seed=seed, days=days, incidents=incidents, open_page=open_page, as_json=as_json)


@main.command(
    short_help="Run the server: events in, alerts and console out.",
    epilog=_shown(
        "Example:  fmwatch up --data ./fmwatch-data --port 8765",
        "Send:     curl -d @call.json http://127.0.0.1:8765/v1/events",
    ),
)
@data_option
@config_option
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, help="0 takes a free one.  [default: 8765]"
)
def up(data: Path, config: Path | None, port: int) -> None:
    """Run gateway, workers, watcher, alerter and console in one process."""
    from services.serve import serve  # noqa: PLC0415 - loaded when asked for

    with _clear_errors():
        serve(data, config, port)


@main.command(
    short_help="Run your own calls from files through the same pipeline.",
    epilog=_shown("Example:  fmwatch replay calls-2026-10.jsonl.gz --data ./fmwatch-data"),
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@data_option
@config_option
@click.option("--notify", is_flag=True, help="Send the alerts too; by default they are only recorded.")
@json_option
def replay(files: tuple[str, ...], data: Path, config: Path | None, *, notify: bool, as_json: bool) -> None:
    """Run your own calls, JSON lines (.jsonl, .jsonl.gz, - for stdin), through the same pipeline."""
    from services.replay_command import show  # noqa: PLC0415 - loaded when asked for

    with _clear_errors():
        show(files, data, config, notify=notify, as_json=as_json)


@main.command(
    short_help="Judge events without storing anything.",
    epilog=_shown("""Example:  echo '{"event_id": "1", ...}' | fmwatch score -"""),
)
@click.argument("file", type=click.File("rb"))
@config_option
def score(file: IO[bytes], config: Path | None) -> None:
    """Judge events without storing anything: one JSON line of verdicts per event."""
    from services.config import Config  # noqa: PLC0415 - loaded when asked for
    from services.score import score_lines  # noqa: PLC0415

    with _clear_errors():
        for verdicts in score_lines(file, Config.load(config)):
            click.echo(json.dumps(verdicts, ensure_ascii=False))


@main.group(epilog=_shown("Example:  fmwatch alerts list --data ./fmwatch-data"))
def alerts() -> None:
    """Look at what needs somebody."""


@alerts.command("list", epilog=_shown("Example:  fmwatch alerts list --json"))
@data_option
@json_option
def alerts_list(data: Path, *, as_json: bool) -> None:
    """List the alerts that are open or were over lately."""
    from services.ask import show_alerts  # noqa: PLC0415 - loaded when asked for

    with _clear_errors():
        show_alerts(data, as_json=as_json)


@main.command(
    short_help="Say which models are outdated, and what could replace them.",
    epilog=_shown("Example:  fmwatch advise support/answer"),
)
@click.argument("route", required=False, default="")
@data_option
@json_option
def advise(route: str, data: Path, *, as_json: bool) -> None:
    """Say which models in use are outdated, and what could replace them."""
    from services.ask import show_advice  # noqa: PLC0415 - loaded when asked for

    with _clear_errors():
        show_advice(data, route, as_json=as_json)


def _clear_errors() -> _ClearErrors:
    return _ClearErrors()


class _ClearErrors:
    """Turns the errors a person can mend into one sentence and the right exit code."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, (click.ClickException, click.exceptions.Exit, SystemExit)):
            return
        _explain(error)


def _explain(error: BaseException) -> NoReturn:
    from services.errors import exit_code, sentence  # noqa: PLC0415 - loaded when something went wrong

    code = exit_code(error)
    if code is None:
        raise error
    raise (Away if code == 3 else Refused)(sentence(error)) from None  # noqa: PLR2004 - contracts.md s2


if __name__ == "__main__":
    sys.exit(main())
