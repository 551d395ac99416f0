"""`fmwatch choose`: a shortlist for a use without traffic."""

from __future__ import annotations

from pathlib import Path

import click

from services.cli.clear_errors import clear_errors
from services.cli.options import config_option, json_option, shown
from services.volume import Tokens, TokensType, VolumeType

USUAL = Tokens(1_155, 211)  # the mean of Azure's chat trace (docs/data.md)


@click.command(
    short_help="Shortlist models for a use that has no traffic yet.",
    epilog=shown(
        "Example:  fmwatch choose --needs tools,128k,eu --tokens 3000/400 --volume 1e6/month",
        "Needs:    tools, json; image, audio, video, pdf (as input); a context such as 128k or 1m; chat",
        "          (without another mode), completion, embedding; us, eu, apac, ... or a region's own name;",
        "          platforms, of which several are alternatives: azure,bedrock.",
        "A model must also be stated to be supported, not announced to end, and not known to end within 180",
        "days. What nobody states is listed apart. Exit code 1: no model is known to have all of it.",
    ),
)
@click.option("--needs", default="", metavar="NEED,...", help="What the model must have.")
@click.option(
    "--tokens",
    type=TokensType(),
    default=USUAL,
    show_default=str(USUAL),
    metavar="IN/OUT",
    help="Of one call; the default is the mean of Azure's chat trace.",
)
@click.option("--volume", type=VolumeType(), metavar="CALLS/month", help="Or per hour, day or week.")
@config_option
@json_option
@click.pass_context
def choose(
    context: click.Context,
    needs: str,
    tokens: Tokens,
    volume: float | None,
    config: Path | None,
    *,
    as_json: bool,
) -> None:
    """Shortlist models for a use that has no traffic yet: feasible first, then by price."""
    from services.choose.command import show  # noqa: PLC0415 - loaded when asked for

    with clear_errors():
        context.exit(show(config, needs, tokens, volume, as_json=as_json))
