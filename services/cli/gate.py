"""`fmwatch gate`: may this candidate be promoted."""

from __future__ import annotations

from pathlib import Path

import click

from services.cli.clear_errors import clear_errors
from services.cli.options import asking_options, config_option, json_option, shown

GRADERS = ("exact", "contains", "regex", "number", "json", "schema")
readable = click.Path(path_type=Path, exists=True, dir_okay=False)
writable = click.Path(path_type=Path, dir_okay=False)


@click.command(
    short_help="Decide by a golden set whether a candidate may be promoted.",
    epilog=shown(
        "Example:  fmwatch gate --route support/answer --candidate openai/gpt-5.4-mini --set golden.jsonl",
        "Exit code: 0 pass, 1 fail, 4 the set is insufficient, 2 usage, 3 the endpoint is away.",
        "A line of the set: prompt or messages, expected, the incumbent's and the candidate's answers.",
        "With --url the candidate is asked, and with --incumbent that too, for the answers that lack.",
    ),
)
@click.option("--route", required=True, help="The route; its margin (quality) and platforms hold.")
@click.option("--candidate", required=True, metavar="PLATFORM/MODEL", help="The model that is tried.")
@click.option(
    "--set", "golden", required=True, type=readable, metavar="FILE", help="The golden set, JSON lines."
)
@click.option(
    "--answers", type=readable, metavar="FILE", help="The candidate's answers, JSON lines: id, response."
)
@click.option("--url", default="", help="Any endpoint of OpenAI's chat completions, with its /v1.")
@click.option("--incumbent", default="", metavar="PLATFORM/MODEL", help="The model in use.")
@click.option("--usd-cap", type=click.FloatRange(min=0), default=1.0, show_default=True, help="For asking.")
@asking_options
@click.option(
    "--margin",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="SHARE",
    help="More bad answers that you accept, 0.02 is two points.  [default: the route's quality]",
)
@click.option(
    "--tried",
    type=click.IntRange(1, 1000),
    default=1,
    show_default=True,
    help="Candidates tried on this set so far, with this one: the best of many looks too good.",
)
@click.option(
    "--grader",
    type=click.Choice(GRADERS),
    metavar="GRADER",
    help=f"Of lines that name none: {', '.join(GRADERS)}.  [default: by what expected looks like]",
)
@click.option("--junit", type=writable, metavar="FILE", help="Write JUnit XML.")
@click.option("--markdown", type=writable, metavar="FILE", help="Write Markdown.")
@config_option
@json_option
@click.pass_context
def gate(
    context: click.Context,
    *,
    route: str,
    candidate: str,
    golden: Path,
    answers: Path | None,
    url: str,
    incumbent: str,
    usd_cap: float,
    key_env: str,
    key_file: Path | None,
    per_minute: float,
    timeout_s: float,
    margin: float | None,
    tried: int,
    grader: str | None,
    junit: Path | None,
    markdown: Path | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Decide by a golden set whether a candidate passes, fails, or the set is insufficient."""
    from services.gate import command  # noqa: PLC0415 - loaded when asked for

    if answers and url:
        raise click.UsageError("give the candidate's answers, or the endpoint that answers, not both")
    wanted = command.Gate(route, candidate, golden, answers, incumbent, margin, tried, grader)  # type: ignore[arg-type]  # one of the choices
    asking = command.Asking(url, usd_cap, key_env, key_file, per_minute, timeout_s)
    with clear_errors():
        files = command.Files(junit, markdown)
        context.exit(command.run(config, wanted, asking, files, as_json=as_json))
