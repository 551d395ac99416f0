"""`fmwatch label`: people judge pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from services.cli.clear_errors import clear_errors
from services.cli.options import config_option, data_option, json_option, port_option, shown
from services.cli.shadow import span_of, span_options

DAYS = 90


@click.command(
    short_help="Judge pairs of answers by hand, blind.",
    epilog=shown(
        "Example:  fmwatch label --route support/answer --person ana",
        "Opens a page on this machine only; its address has a token. Models are hidden, the order is drawn,",
        "keys 0 to 3 judge, s passes, b goes back. What is said are labels, which the advisor reads.",
        "Exit code 1: nothing was judged.",
    ),
)
@span_options(DAYS, "Pairs")
@click.option("--candidate", default="", metavar="PLATFORM/MODEL", help="Only its pairs.  [default: all]")
@click.option("--person", default="", help="Who judges, stored with the labels.  [default: the login name]")
@port_option(0)
@data_option
@config_option
@json_option
@click.pass_context
def label(
    context: click.Context,
    /,
    *,
    candidate: str,
    person: str,
    port: int,
    data: Path,
    config: Path | None,
    as_json: bool,
    **options: Any,  # noqa: ANN401 - the shared ones, by name
) -> None:
    """Judge pairs of answers by hand, without knowing whose they are."""
    from services.label.command import run  # noqa: PLC0415 - loaded when asked for
    from services.shadow.asking import Model  # noqa: PLC0415 - same

    with clear_errors():
        of = Model.of(candidate, "--candidate") if candidate else None
        span = span_of(options, DAYS)
        context.exit(run(data, config, span, of, person=person, port=port, as_json=as_json))
