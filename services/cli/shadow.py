"""`fmwatch shadow, judge`: answers of a candidate to real requests, and a model's opinion of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from services.cli.clear_errors import clear_errors
from services.cli.options import asking_options, config_option, data_option, json_option, shown
from services.when import When

if TYPE_CHECKING:
    from services.shadow.asking import Means, Span

DAYS = 30
Command = Callable[..., None]


def means_options(command: Command) -> Command:
    """Add the options that say how an endpoint is asked."""
    for option in reversed(
        (
            click.option(
                "--url", required=True, metavar="ENDPOINT", help="Its base URL, as in http://host/v1."
            ),
            click.option(
                "--usd",
                "cap_usd",
                type=click.FloatRange(min=0),
                required=True,
                help="What all runs of this comparison may cost together.",
            ),
            click.option(
                "--price", default="", metavar="IN/OUT", help="USD per million tokens, if not listed."
            ),
            click.option(
                "--as", "name", default="", metavar="NAME", help="What the endpoint calls the model."
            ),
            asking_options,
            click.option(
                "--at-once",
                type=click.IntRange(1, 256),
                default=4,
                show_default=True,
                help="Requests in hand at most.",
            ),
        )
    ):
        command = option(command)
    return command


def span_options(days: int, what: str) -> Callable[[Command], Command]:
    """Add the options that say which calls are meant."""

    def added(command: Command) -> Command:
        for option in reversed(
            (
                click.option("--route", required=True, help="Whole name of the route."),
                click.option("--tenant", default="", help="Needed where several have the route."),
                click.option(
                    "--from",
                    "since",
                    type=When(),
                    help=f"{what} since: RFC 3339, or 2h, 3d ago.  [default: {days}d]",
                ),
                click.option(
                    "--seed", default="1", show_default=True, help="Another one shuffles otherwise."
                ),
            )
        ):
            command = option(command)
        return command

    return added


@click.command(
    short_help="Have a candidate answer what a route was asked.",
    epilog=shown(
        "Example:  fmwatch shadow --route support/answer --candidate openai/gpt-5.4-mini \\",
        "            --url https://api.openai.com/v1 --key-env OPENAI_API_KEY --usd 5 --pairs 500",
        "Example:  ... --candidate anthropic/claude-haiku-4-5 --url http://127.0.0.1:4000/v1 --as haiku",
        "Example:  ... --candidate openai/gpt-5.4-mini --candidate openai/gpt-5.4-nano --pairs 500",
        "Prompts are sent as they are stored, redacted. Interrupted or at the cap, the same command goes",
        "on: what was asked is not asked again. Exit code 1: there are fewer pairs than were wanted.",
    ),
)
@span_options(DAYS, "Calls")
@click.option(
    "--candidate",
    "candidates",
    required=True,
    multiple=True,
    metavar="PLATFORM/MODEL",
    help="Who is to answer; several share what is asked.",
)
@click.option(
    "--incumbent", default="", metavar="PLATFORM/MODEL", help="[default: the route's most used model]"
)
@click.option(
    "--pairs",
    type=click.IntRange(1, 1_000_000),
    default=200,
    show_default=True,
    help="How many there should be, all runs and candidates together.",
)
@means_options
@click.option(
    "--max-tokens",
    type=click.IntRange(1),
    default=4096,
    show_default=True,
    help="Of an answer, where the call named no limit.",
)
@data_option
@config_option
@json_option
@click.pass_context
def shadow(
    context: click.Context,
    /,
    *,
    candidates: tuple[str, ...],
    incumbent: str,
    pairs: int,
    data: Path,
    config: Path | None,
    as_json: bool,
    **options: Any,  # noqa: ANN401 - the shared ones, by name
) -> None:
    """Draw calls of a route at random, have a candidate answer them, and store its answers as calls."""
    from services.shadow import several  # noqa: PLC0415 - loaded when asked for
    from services.shadow.asking import Model  # noqa: PLC0415 - same
    from services.shadow.command import Asked, run  # noqa: PLC0415 - same

    if len(candidates) > 1 and (options["name"] or options["price"]):
        raise click.UsageError("--as and --price are of one candidate: ask one, or leave them out")
    with clear_errors():
        models = [Model.of(name, "--candidate") for name in dict.fromkeys(candidates)]
        asked = Asked(
            span_of(options, DAYS),
            models[0],
            Model.of(incumbent, "--incumbent") if incumbent else None,
            pairs,
            _means(options),
        )
        if len(models) > 1:
            context.exit(several.run(data, config, models, asked, as_json=as_json))
        context.exit(run(data, config, asked, as_json=as_json))


@click.command(
    short_help="Have a model compare the answers of pairs.",
    epilog=shown(
        "Example:  fmwatch judge --route support/answer --candidate openai/gpt-5.4-mini \\",
        "            --by openai/gpt-5.4 --url https://api.openai.com/v1 --key-env OPENAI_API_KEY --usd 5",
        "Each pair is shown in both orders; where they contradict each other, the judge abstains. A verdict",
        "is a score and never a label: alone it decides nothing. The same command goes on where it ended.",
        "Exit code 1: fewer pairs are judged than were wanted.",
    ),
)
@span_options(90, "Pairs")
@click.option("--candidate", required=True, metavar="PLATFORM/MODEL", help="Whose answers are judged.")
@click.option("--by", "judge_", required=True, metavar="PLATFORM/MODEL", help="Who judges.")
@click.option("--pairs", type=click.IntRange(1), help="How many in the end.  [default: all there are]")
@means_options
@click.option(
    "--max-tokens",
    type=click.IntRange(16),
    default=512,
    show_default=True,
    help="Of one judgement.",
)
@data_option
@config_option
@json_option
@click.pass_context
def judge(
    context: click.Context,
    /,
    *,
    candidate: str,
    judge_: str,
    pairs: int | None,
    data: Path,
    config: Path | None,
    as_json: bool,
    **options: Any,  # noqa: ANN401 - the shared ones, by name
) -> None:
    """Have a model compare a candidate's answers with the incumbent's, in both orders."""
    from services.shadow.asking import Model  # noqa: PLC0415 - loaded when asked for
    from services.shadow.judging import Asked, run  # noqa: PLC0415 - same

    with clear_errors():
        asked = Asked(
            span_of(options, 90),
            Model.of(candidate, "--candidate"),
            Model.of(judge_, "--by"),
            pairs,
            _means(options),
        )
        context.exit(run(data, config, asked, as_json=as_json))


def span_of(options: dict[str, Any], days: int) -> Span:
    """Return which calls the options mean."""
    from services.shadow.asking import Span  # noqa: PLC0415 - loaded when asked for

    until = datetime.now(UTC)
    since = options["since"] or until - timedelta(days=days)
    return Span(options["route"], since, until, options["tenant"], options["seed"])


def _means(options: dict[str, Any]) -> Means:
    from services.shadow.asking import Means  # noqa: PLC0415 - loaded when asked for

    names = ("url", "cap_usd", "name", "key_env", "key_file", "price", "per_minute", "at_once", "timeout_s")
    return Means(most_tokens=options["max_tokens"], **{name: options[name] for name in names})
