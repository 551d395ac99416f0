"""`fmwatch export`: what is stored, as files for an audit."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from services.cli.clear_errors import clear_errors
from services.cli.options import config_option, data_option, json_option, shown
from services.when import When


@click.command(
    short_help="Write what is stored into files, for an audit.",
    epilog=shown(
        "Example:  fmwatch export --from 2026-10-01T00:00:00Z --to 2026-11-01T00:00:00Z --out october",
        "          fmwatch export --from 30d --tenant support --without-content --format jsonl --out audit",
        "Calls, scores, feedback, changes, signals, alerts, advice, dead letters; manifest.json is written",
        "last and has rows, bytes and SHA-256 of each file. On a ClickHouse server a reader may do this.",
    ),
)
@click.option("--from", "since", type=When(), required=True, help="From then on: RFC 3339, or 2h, 3d ago.")
@click.option("--to", "until", type=When(), help="Before then; as --from.  [default: now]")
@click.option("--tenant", default="", help="Only this tenant's.")
@click.option("--route", default="", help="Only this route's; dead letters have none and are left out.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="An empty folder."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet", "jsonl"]),
    default="parquet",
    show_default=True,
    help="Of the files.",
)
@click.option("--without-content", is_flag=True, help="Leave out what people and models said.")
@data_option
@config_option
@json_option
def export(
    *,
    since: datetime,
    until: datetime | None,
    tenant: str,
    route: str,
    out: Path,
    form: Literal["parquet", "jsonl"],
    without_content: bool,
    data: Path,
    config: Path | None,
    as_json: bool,
) -> None:
    """Write what happened in a span into files of bounded size, with a manifest that proves them whole."""
    from services.export.command import run  # noqa: PLC0415 - loaded when asked for
    from store.export import Wanted  # noqa: PLC0415

    until = until or datetime.now(UTC)
    if since >= until:
        raise click.UsageError("--from must be before --to")
    with clear_errors():
        wanted = Wanted(since, until, tenant, route, not without_content)
        run(data, config, wanted, out, form, as_json=as_json)
