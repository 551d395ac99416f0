"""`fmwatch catalogue show, build, refresh, diff`: from the options to what is printed and the exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal, NamedTuple

import click

from services.advisor import history, inputs, snapshot_file
from services.advisor.build import LISTS, build, in_folder, manifest
from services.advisor.catalogue import Catalogue
from services.advisor.difference import Difference, differences
from services.advisor.entry import Snapshot
from services.advisor.errors import CatalogueError
from services.advisor.history import Kind, Objection, objections
from services.advisor.inputs import Input
from services.advisor.own import with_own
from services.catalogue import document, told
from services.catalogue.billed import billed
from services.catalogue.known import known_catalogue, own_models, price_book
from services.config import Config
from services.wall import now

Code = Literal[0, 1]
BAD: Code = 1
SHIPPED = "shipped"  # how the snapshot inside the package is named


class Lists(NamedTuple):
    """Which lists a snapshot is built from.

    Attributes
    ----------
    named : path or URL by the name of the list
    folder : holds the others, one folder each
    cache : where copies of what URLs gave are kept
    """

    named: Mapping[str, str]
    folder: Path | None
    cache: Path


def show(config_file: Path | None, file: str, name: str, on: date | None, *, as_json: bool) -> Code:
    """Print what is known about a model, of a platform, or in all; 1 where the model is in no list."""
    config = Config.load(config_file)
    today = now().date()
    catalogue = known_catalogue(config, today)
    if file:
        snapshot = _snapshot(file, inputs.usual_cache())
        catalogue = with_own(Catalogue(snapshot), own_models(config), today)
    on = on or today
    if not name:
        _print(document.overview(catalogue, on) if as_json else told.summary(catalogue, on))
        return 0
    found = catalogue.models(name) or catalogue.named(name)
    prices = price_book(config, catalogue)
    if as_json:
        _print({"models": [document.entry(catalogue, one, on, billed(prices, one, on)) for one in found]})
    elif len(found) == 1:
        _print(told.full(found[0], on, billed(prices, found[0], on)))
    elif found:
        _print(told.listing(found, on))
    else:
        _print(told.not_listed(name, catalogue.relatives(name)))
    return 0 if found else BAD


def show_build(
    lists: Lists, out: Path, previous: Path | None, accept: Sequence[Kind], *, as_json: bool
) -> Code:
    """Build a snapshot into a file, unless it may not replace the one before."""
    before = previous or (out if out.exists() else None)
    old = snapshot_file.read(before) if before else None
    return _replace(old, _built(lists, old), out, accept, as_json=as_json)


def show_refresh(
    config_file: Path | None,
    lists: Lists,
    ready: str,
    out: Path | None,
    accept: Sequence[Kind],
    *,
    as_json: bool,
) -> Code:
    """Bring the snapshot that the configuration names up to date, unless the new one may not replace it."""
    file = out or Config.load(config_file).catalogue
    if file is None:
        raise click.UsageError("say where: --out FILE, or the key catalogue in the configuration")
    old = snapshot_file.read(file if file.exists() else None)
    if ready:
        return _replace(old, (_snapshot(ready, lists.cache), {}), file, accept, as_json=as_json)
    published = {**manifest().urls, **lists.named}
    return _replace(old, _built(lists._replace(named=published), old), file, accept, as_json=as_json)


def show_diff(one: str, other: str, cache: Path, *, as_json: bool) -> None:
    """Print what two snapshots say differently."""
    old, new = _snapshot(one, cache), _snapshot(other, cache)
    found = differences(old, new)
    if as_json:
        _print(
            {
                "from": old.version,
                "to": new.version,
                "counts": document.counted(found),
                "differences": [item._asdict() for item in found],
                "objections": document.objections(objections(old, new)),
            }
        )
        return
    _print([f"{old.version} -> {new.version}", *told.changes(found)])


def named_lists(said: Iterable[str]) -> dict[str, str]:
    """Return paths and URLs by name of the list; raises UsageError for anything but NAME=WHERE."""
    found = {}
    for item in said:
        name, _, where = item.partition("=")
        if name not in LISTS or not where:
            raise click.UsageError(
                f"{item!r} is not NAME=PATH or NAME=URL with NAME one of {', '.join(LISTS)}"
            )
        found[name] = where
    return found


def _built(lists: Lists, old: Snapshot | None) -> tuple[Snapshot, dict[str, Input]]:
    given = in_folder(lists.folder) if lists.folder else {}
    today = now().date()
    given |= {name: inputs.found(where, lists.cache, today) for name, where in lists.named.items()}
    if not given:
        raise CatalogueError(
            "no list is named: --list NAME=PATH or URL, or --lists FOLDER with a folder per list"
        )
    return build(given, old), given


def _replace(
    old: Snapshot | None,
    built: tuple[Snapshot, Mapping[str, Input]],
    out: Path,
    accept: Sequence[Kind],
    *,
    as_json: bool,
) -> Code:
    new, given = built
    found = objections(old, new) if old else []
    against = [item for item in found if item.kind not in accept]
    changed = differences(old, new) if old else []
    if not against:
        out.parent.mkdir(parents=True, exist_ok=True)
        snapshot_file.write(new, out)
    if as_json:
        _print(_outcome(new, out, given, against, changed))
    else:
        _say_lists(given)
        _print(_said(old, new, out, against, changed))
    return BAD if against else 0


def _outcome(
    new: Snapshot,
    out: Path,
    given: Mapping[str, Input],
    against: Sequence[Objection],
    changed: Sequence[Difference],
) -> dict[str, Any]:
    return {
        "version": new.version,
        "as_of": new.as_of.isoformat(),
        "models": len(new.entries),
        "file": None if against else str(out),
        "lists": {
            name: {
                "from": item.url or str(item.path),
                "as_of": item.as_of,
                "etag": item.etag,
                "stale": item.stale,
            }
            for name, item in given.items()
        },
        "objections": document.objections(against),
        "counts": document.counted(changed),
    }


def _said(
    old: Snapshot | None,
    new: Snapshot,
    out: Path,
    against: Sequence[Objection],
    changed: Sequence[Difference],
) -> Iterable[str]:
    if against:
        yield from told.refused(against)
        kinds = " ".join(f"--accept {kind}" for kind in history.KINDS if any(kind == o.kind for o in against))
        yield f"refused: {out} stays as it is. Correct the list, or look and then say {kinds}"
        return
    if old and changed:
        yield from told.changes(changed)
    elif old:
        yield "Nothing has changed."
    yield f"{new.version}: {len(new.entries):,} models -> {out}"


def _say_lists(given: Mapping[str, Input]) -> None:
    """Say where an earlier copy stands in, on stderr: what is printed is about the snapshot."""
    for name, item in given.items():
        if item.stale:
            click.echo(f"{name}: {item.url} {item.stale}; the copy of {item.as_of} is used", err=True)


def _snapshot(where: str, cache: Path) -> Snapshot:
    if where == SHIPPED:
        return snapshot_file.read()
    return snapshot_file.read(inputs.found(where, cache, now().date()).path)


def _print(what: Mapping[str, Any] | Iterable[str]) -> None:
    if isinstance(what, Mapping):
        sys.stdout.write(json.dumps(what, ensure_ascii=False, indent=1) + "\n")
        return
    sys.stdout.writelines(f"{line}\n" for line in what)
