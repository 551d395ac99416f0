"""`fmwatch break-even`: call a model or host one."""

from __future__ import annotations

from pathlib import Path

import click

from services.advisor.hosting import Name
from services.cli.choose import USUAL
from services.cli.clear_errors import clear_errors
from services.cli.options import config_option, json_option, shown
from services.volume import Tokens, TokensType, VolumeType

_MORE = click.FloatRange(min=0, min_open=True)


@click.command(
    "break-even",
    short_help="Say from how many calls on hosting a model is cheaper.",
    epilog=shown(
        "Example:  fmwatch break-even --model openai/gpt-4.1-mini --volume 300000/day",
        "Example:  fmwatch break-even --model openai/o3 --endpoint vllm/acme-8b --tokens-per-s 1800",
        "Break-even, calls a month = (gpus * gpu_usd * 730 + ops_usd) / (price of a call - call_usd), on as",
        "many machines as it takes. What you do not state is assumed, and tried at both ends of what it may",
        "be; unless hosting is cheaper at the bad end of everything, the advice is to buy.",
    ),
)
@click.option("--model", required=True, metavar="PLATFORM/MODEL", help="What would be called instead.")
@click.option(
    "--tokens",
    type=TokensType(),
    default=USUAL,
    show_default=str(USUAL),
    metavar="IN/OUT",
    help="Of one call; the default is the mean of Azure's chat trace.",
)
@click.option("--volume", type=VolumeType(), metavar="CALLS/month", help="Or per hour, day or week.")
@click.option("--endpoint", default="", metavar="PLATFORM/MODEL", help="Of `models:`, with its hourly_usd.")
@click.option("--gpus", type=click.IntRange(1), help="At least so many.  [default: 2, of an endpoint 1]")
@click.option("--gpu-usd", type=_MORE, help="Of one an hour.  [default: 2.5]")
@click.option("--ops-usd", type=click.FloatRange(min=0), help="Of work a month.  [default: 5000]")
@click.option("--tokens-per-s", type=_MORE, help="Output of one when it is full.  [default: 2500]")
@click.option("--utilisation", type=click.FloatRange(0, 1, min_open=True), help="Mean load.  [default: 0.4]")
@click.option("--call-usd", type=click.FloatRange(min=0), default=0.0, help="A hosted call on top.")
@config_option
@json_option
def break_even(
    model: str,
    tokens: Tokens,
    volume: float | None,
    endpoint: str,
    config: Path | None,
    *,
    gpus: int | None,
    gpu_usd: float | None,
    ops_usd: float | None,
    tokens_per_s: float | None,
    utilisation: float | None,
    call_usd: float,
    as_json: bool,
) -> None:
    """Say from how many calls on hosting a model is cheaper than calling one."""
    from services.break_even.command import show  # noqa: PLC0415 - loaded when asked for

    said: dict[Name, float | None] = {
        "gpu_usd": gpu_usd,
        "ops_usd": ops_usd,
        "tokens_per_s": tokens_per_s,
        "utilisation": utilisation,
    }
    with clear_errors():
        show(
            config,
            model,
            tokens,
            volume,
            endpoint=endpoint,
            gpus=gpus,
            call_usd=call_usd,
            stated={name: value for name, value in said.items() if value is not None},
            as_json=as_json,
        )
