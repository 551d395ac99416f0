"""`fmwatch report`: the day after, and a week for managers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from services.cli.clear_errors import clear_errors
from services.cli.options import config_option, data_option, json_option, shown, tenant_option
from services.when import Span, When

if TYPE_CHECKING:
    from services.report.paper import Form


@click.command(
    short_help="Compare two times of the same calls, or tell a week to managers.",
    epilog=shown(
        "Example:  fmwatch report --signal 3f9c --out outage.html",
        "          fmwatch report --route support/answer --from 2d --to 1d --against 9d..8d --markdown",
        "          fmwatch report --week 2026-11-18 --pdf",
        "Evidently takes a second look where it is installed: make report, then .venv-report/bin/fmwatch.",
        "Exit code 1 where it failed; the rest of the report is written all the same.",
    ),
)
@click.option("--signal", default="", metavar="ID", help="An alert's calls against those before it.")
@click.option("--route", default="", help="This route's calls, from --from to --to.")
@click.option("--model", default="", help="Only of this model: its name, or platform/name.")
@click.option("--from", "since", type=When(), help="From then on: RFC 3339, or 2h, 3d ago.")
@click.option("--to", "until", type=When(), help="Before then; as --from.")
@click.option(
    "--against", type=Span(), metavar="FROM..TO", help="Held against these.  [default: as long just before]"
)
@click.option(
    "--week",
    is_flag=False,
    flag_value="last",
    metavar="[DAY]",
    help="The week of a day, or YYYY-Wnn, for managers.  [default: the last that is over]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write, replaced as a whole.  [default: fmwatch-report.html or .pdf here, else print]",
)
@click.option("--markdown", is_flag=True, help="Markdown, for a ticket.")
@click.option("--pdf", is_flag=True, help="PDF, by the browser that is there.")
@click.option("--without-evidently", is_flag=True, help="Our own summary only; takes seconds less.")
@tenant_option
@data_option
@config_option
@json_option
@click.pass_context
def report(
    context: click.Context,
    *,
    signal: str,
    route: str,
    model: str,
    since: datetime | None,
    until: datetime | None,
    against: tuple[datetime, datetime] | None,
    week: str | None,
    out: Path | None,
    markdown: bool,
    pdf: bool,
    without_evidently: bool,
    tenant: str,
    data: Path,
    config: Path | None,
    as_json: bool,
) -> None:
    """Write one HTML file, for offline: what changed between two times of the same calls, or a week."""
    form = _form(markdown=markdown, pdf=pdf, as_json=as_json)
    spans = bool(route or model or since or until or against)
    if (week is not None) + bool(signal) + spans != 1:
        raise click.UsageError("name one of --signal ID, --route with --from and --to, or --week")
    if spans and not (route and since and until):
        raise click.UsageError("two windows need --route, --from and --to; --against names what is before")
    from services.report.command import compare  # noqa: PLC0415 - loaded when asked for
    from services.report.command import week as told_week  # noqa: PLC0415 - same
    from services.report.paper import Paper  # noqa: PLC0415 - same
    from services.report.windows import Asked  # noqa: PLC0415 - same

    with clear_errors():
        paper = Paper(form, out)
        if week is not None:
            told_week(data, config, "" if week == "last" else week, tenant, paper)
            return
        before = against or (None, None)
        asked = Asked(signal, tenant, route, model, since, until, *before)
        context.exit(compare(data, config, asked, paper, evidently=not without_evidently))


def _form(*, markdown: bool, pdf: bool, as_json: bool) -> Form:
    if markdown + pdf + as_json > 1:
        raise click.UsageError("choose one of --markdown, --pdf and --json")
    return "markdown" if markdown else "pdf" if pdf else "json" if as_json else "html"
