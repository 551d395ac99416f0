"""`fmwatch calendar`: when models in use stop, for calendars."""

from __future__ import annotations

from pathlib import Path

import click

from services.cli.clear_errors import clear_errors
from services.cli.options import config_option, data_option, json_option, out_option, shown, tenant_option


@click.command(
    short_help="Write the last days of models in use as a calendar.",
    epilog=shown(
        "Example:  fmwatch calendar --out models.ics",
        "A running server has the same at /calendar.ics, where calendars can subscribe.",
        "CONFIRMED is announced, TENTATIVE only promised, CANCELLED does not hold any more.",
    ),
)
@out_option
@tenant_option
@data_option
@config_option
@json_option
def calendar(*, out: Path | None, tenant: str, data: Path, config: Path | None, as_json: bool) -> None:
    """Write when the models that have traffic stop, as far as anybody has said, as an iCalendar file."""
    from services.deadlines.command import show  # noqa: PLC0415 - loaded when asked for

    with clear_errors():
        show(data, config, tenant, out, as_json=as_json)
