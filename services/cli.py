"""The command `fmwatch`. Each command loads what it needs when it runs, so that help is instant."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO, Literal, NoReturn, get_args

import click

from services.when import When
from stream.errors import Reason

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
reason_option = click.option(
    "--reason",
    type=click.Choice(get_args(Reason)),
    metavar="REASON",
    help=f"Only those refused for it: {', '.join(get_args(Reason))}.",
)
since_option = click.option("--since", type=When(), help="Only those refused since: RFC 3339, or 2h, 3d ago.")
until_option = click.option("--until", type=When(), help="Only those refused before; as --since.")
tenant_option = click.option("--tenant", default="", help="Only this tenant's.")


def meant_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say which dead letters are meant."""
    return reason_option(since_option(until_option(tenant_option(command))))


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


@main.group("dead-letters", epilog=_shown("Example:  fmwatch dead-letters list --since 3d"))
def dead_letters() -> None:
    """Look at what could not be taken in, and hand it in again."""


@dead_letters.command(
    "list",
    short_help="List them, the newest first.",
    epilog=_shown(
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

    with _clear_errors():
        show_list(data, Asked(reason or "", tenant, since, until), limit, as_json=as_json)


@dead_letters.command(
    "show",
    short_help="Show everything about one.",
    epilog=_shown("Example:  fmwatch dead-letters show generations-3-17-0"),
)
@click.argument("letter", metavar="ID")
@data_option
@json_option
def dead_letters_show(letter: str, data: Path, *, as_json: bool) -> None:
    """Show everything about one dead letter: why, where it came from, and its original."""
    from services.dead_letters.command import show_one  # noqa: PLC0415 - loaded when asked for

    with _clear_errors():
        show_one(data, letter, as_json=as_json)


@dead_letters.command(
    "replay",
    short_help="Hand them in again.",
    epilog=_shown(
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
    with _clear_errors():
        context.exit(
            replay_letters(data, config, letters, asked, restamp=restamp, dry_run=dry_run, as_json=as_json)
        )


@main.group(
    short_help="Create and check the topics of a Kafka cluster.",
    epilog=_shown("Example:  fmwatch topics create --config fmwatch.yaml"),
)
def topics() -> None:
    """Keep the topics of a Kafka cluster as the table of fmwatch says."""


@topics.command(
    "create",
    short_help="Create what is missing, raise what is too low.",
    epilog=_shown("Example:  fmwatch topics create --config fmwatch.yaml"),
)
@config_option
@click.option("--replicas", type=click.IntRange(1, 9), help="Copies.  [default: 3, or one a broker]")
@json_option
def topics_create(config: Path | None, replicas: int | None, *, as_json: bool) -> None:
    """Create topics that are missing and raise what is lower than the table; never shrinks anything."""
    from services import topics_command  # noqa: PLC0415 - loaded when asked for
    from services.config import Config  # noqa: PLC0415

    with _clear_errors():
        topics_command.create(Config.load(config), replicas, as_json=as_json)


@topics.command(
    "check", epilog=_shown("Example:  fmwatch topics check --json", "Exit code 1: something differs.")
)
@config_option
@json_option
@click.pass_context
def topics_check(context: click.Context, config: Path | None, *, as_json: bool) -> None:
    """Say what differs from the table, and what to do about it."""
    from services import topics_command  # noqa: PLC0415 - loaded when asked for
    from services.config import Config  # noqa: PLC0415

    with _clear_errors():
        context.exit(topics_command.check(Config.load(config), as_json=as_json))


@main.group(
    short_help="Run a process of the production path.",
    epilog=_shown("Example:  fmwatch worker score --config fmwatch.yaml"),
)
def worker() -> None:
    """Run one process of the production path: Kafka and a ClickHouse server."""


@worker.command(
    "score",
    short_help="Score events from Kafka into ClickHouse.",
    epilog=_shown(
        "Example:  fmwatch worker score --config fmwatch.yaml",
        "Start as many as you like, up to the partitions of llm.generations; they share the work.",
    ),
)
@config_option
@click.option(
    "--consumer",
    type=click.Choice(["faust", "plain"]),
    default="faust",
    show_default=True,
    help="What the step runs on.",
)
def worker_score(config: Path | None, consumer: Literal["faust", "plain"]) -> None:
    """Score events until SIGTERM; nothing is acknowledged before it is stored."""
    from services.config import Config  # noqa: PLC0415 - loaded when asked for
    from services.worker.score import work  # noqa: PLC0415

    with _clear_errors():
        work(Config.load(config), consumer)


@worker.command(
    "watch",
    short_help="Watch what was scored, alert and advise.",
    epilog=_shown(
        "Example:  fmwatch worker watch --config fmwatch.yaml",
        "Start two: one leads, the other takes over when it is gone.",
    ),
)
@config_option
def worker_watch(config: Path | None) -> None:
    """Watch closed minutes, alert and advise until SIGTERM; of several processes one leads."""
    from services.config import Config  # noqa: PLC0415 - loaded when asked for
    from services.worker.watch import watch  # noqa: PLC0415

    with _clear_errors():
        watch(Config.load(config))


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
