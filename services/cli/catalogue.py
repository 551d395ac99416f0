"""`fmwatch catalogue`: what is known about models, from whom, and how it is kept up to date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from services.cli.clear_errors import clear_errors
from services.cli.options import config_option, json_option, shown

if TYPE_CHECKING:
    from services.advisor.history import Kind

NAMES = ("modeldeprecations", "genai_prices", "litellm", "models_dev", "vectara")
KINDS = ("shrinks", "type", "history")

list_option = click.option(
    "--list",
    "named",
    multiple=True,
    metavar="NAME=WHERE",
    help=f"A list by path or URL; NAME is {', '.join(NAMES)}. May be given more than once.",
)
accept_option = click.option(
    "--accept",
    type=click.Choice(KINDS),
    multiple=True,
    help="Take it although it would be refused for this. May be given more than once.",
)
cache_option = click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="FMWATCH_LISTS_CACHE",
    help="Keeps what URLs gave, with its ETag.  [default: ~/.cache/fmwatch/lists]",
)


def out_option(what: str, *, required: bool) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the option that says which file is written."""
    kind = click.Path(path_type=Path, dir_okay=False)
    return click.option("--out", type=kind, required=required, metavar="FILE", help=what)


@click.group(
    short_help="Look at the list of models, and keep it up to date.",
    epilog=shown("Example:  fmwatch catalogue show openai/gpt-5-mini"),
)
def catalogue() -> None:
    """Look at what is known about models, from whom and how sure, and keep it up to date."""


@catalogue.command(
    short_help="Show what is known about a model, and from whom.",
    epilog=shown(
        "Example:  fmwatch catalogue show openai/gpt-5-mini",
        "Example:  fmwatch catalogue show gpt-5-mini      on every platform",
        "Example:  fmwatch catalogue show azure           all models of a platform",
        "Example:  fmwatch catalogue show                 the whole, and its sources",
        "Every fact has its source, the day it was read, and a confidence: high is the provider's own",
        "page, medium a public list, low a list's guess. Exit code 1: the model is in no list.",
    ),
)
@click.argument("name", required=False, default="", metavar="[MODEL|PLATFORM/MODEL|PLATFORM]")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="As it stands on this day.")
@click.option(
    "--file", default="", metavar="SNAPSHOT", help="A path or URL instead of the one in use, or `shipped`."
)
@config_option
@json_option
@click.pass_context
def show(
    context: click.Context, name: str, on: datetime | None, file: str, config: Path | None, *, as_json: bool
) -> None:
    """Show what is known about a model, the models of a platform, or the whole catalogue."""
    from services.catalogue.command import show as show_it  # noqa: PLC0415 - loaded when asked for

    with clear_errors():
        context.exit(show_it(config, file, name, on.date() if on else None, as_json=as_json))


@catalogue.command(
    short_help="Merge public lists into a snapshot.",
    epilog=shown(
        "Example:  fmwatch catalogue build --lists lifecycle --out catalogue.json.gz",
        "Example:  fmwatch catalogue build --list litellm=prices.json --out catalogue.json.gz",
        "The same lists give the same bytes. A file that is there is the past: what it knows and no list",
        "says any more is kept as such, and it is not replaced by one that shrinks, changes what facts",
        "are, or rewrites the past. Exit code 1: refused; 3: a URL is away and no copy is here.",
    ),
)
@list_option
@click.option(
    "--lists",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of the copies that ship, a folder for each list.",
)
@out_option("Write the snapshot there.", required=True)
@click.option(
    "--previous",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The snapshot before.  [default: what is in --out]",
)
@accept_option
@cache_option
@json_option
@click.pass_context
def build(
    context: click.Context,
    named: tuple[str, ...],
    folder: Path | None,
    out: Path,
    previous: Path | None,
    *,
    accept: tuple[Kind, ...],
    cache: Path | None,
    as_json: bool,
) -> None:
    """Merge public lists of models into one versioned snapshot."""
    from services.advisor.inputs import usual_cache  # noqa: PLC0415 - loaded when asked for
    from services.catalogue.command import Lists, named_lists, show_build  # noqa: PLC0415 - likewise

    with clear_errors():
        lists = Lists(named_lists(named), folder, cache or usual_cache())
        context.exit(show_build(lists, out, previous, accept, as_json=as_json))


@catalogue.command(
    short_help="Bring the catalogue in use up to date.",
    epilog=shown(
        "Example:  fmwatch catalogue refresh --config fmwatch.yaml",
        "Example:  fmwatch catalogue refresh --from https://example.org/catalogue.json.gz --out c.json.gz",
        "Reads the public lists where they are published; one that has not changed is not sent again.",
        "The key catalogue in the configuration names the file; servers read it when they start. Refused",
        "with the reason, and nothing replaced (exit code 1): a snapshot that shrinks (models or a kind of",
        "fact), changes what facts are (mode, unit of a price), or rewrites the past (days that have come,",
        "retired models, what was said to replace them).",
    ),
)
@click.option("--from", "ready", default="", metavar="SNAPSHOT", help="A ready snapshot by path or URL.")
@list_option
@out_option("Instead of the file that the configuration names.", required=False)
@accept_option
@cache_option
@config_option
@json_option
@click.pass_context
def refresh(
    context: click.Context,
    ready: str,
    named: tuple[str, ...],
    out: Path | None,
    *,
    accept: tuple[Kind, ...],
    cache: Path | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Bring the catalogue in use up to date from the public lists, or from a ready snapshot."""
    from services.advisor.inputs import usual_cache  # noqa: PLC0415 - loaded when asked for
    from services.catalogue.command import Lists, named_lists, show_refresh  # noqa: PLC0415 - likewise

    if ready and named:
        raise click.UsageError("--from is a ready snapshot: leave out --list")
    with clear_errors():
        lists = Lists(named_lists(named), None, cache or usual_cache())
        context.exit(show_refresh(config, lists, ready, out, accept, as_json=as_json))


@catalogue.command(
    short_help="Show what two snapshots say differently.",
    epilog=shown(
        "Example:  fmwatch catalogue diff shipped catalogue.json.gz",
        "A and B are paths, URLs, or `shipped`. --json also has what a refresh would object to.",
    ),
)
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@cache_option
@json_option
def diff(one: str, other: str, cache: Path | None, *, as_json: bool) -> None:
    """Show, fact by fact, what two snapshots say differently."""
    from services.advisor.inputs import usual_cache  # noqa: PLC0415 - loaded when asked for
    from services.catalogue.command import show_diff  # noqa: PLC0415 - likewise

    with clear_errors():
        show_diff(one, other, cache or usual_cache(), as_json=as_json)
