"""Build the catalogue that ships: `python -m services.advisor.build --sources DIR --out FILE`.

The same sources give the same bytes. Models that the previous file knew and no source lists any more are
kept as tombstones, so that a provider that deletes a retired model cannot make it look merely unknown.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import click
import msgspec

from services.advisor.catalogue import SHIPPED, Catalogue
from services.advisor.claim import Claim
from services.advisor.entry import Entry, Snapshot, Source
from services.advisor.merge import merge
from services.advisor.sources import litellm, modeldeprecations, models_dev, vectara

_MANIFEST = SHIPPED.parent / "sources.json"
_SHRINK = 0.05  # a refresh that loses more entries than this is refused


class Manifest(msgspec.Struct, frozen=True):
    """Names, licences and dates of the sources; other names of platforms."""

    sources: Mapping[str, Source]
    synonyms: Mapping[str, str]


def claims(folder: Path) -> Iterator[Claim]:
    """Read every source below a folder."""
    yield from modeldeprecations.claims(folder / "modeldeprecations")
    yield from litellm.claims(folder / "litellm")
    yield from models_dev.claims(folder / "models_dev")
    yield from vectara.claims(folder / "vectara")


def build(folder: Path, previous: Snapshot | None = None) -> Snapshot:
    """Merge the sources into one snapshot.

    Raises
    ------
    ValueError : the sources list far fewer models than the previous snapshot
    """
    manifest = msgspec.json.decode(_MANIFEST.read_bytes(), type=Manifest)
    found = list(claims(folder))
    entries = merge(found, manifest.sources, manifest.synonyms)
    checked = max(claim.as_of for claim in found if claim.source == modeldeprecations.SOURCE)
    if previous:
        entries = _with_tombstones(entries, previous, checked)
    entries = tuple(sorted(entries, key=lambda entry: (entry.platform, entry.model)))
    digest = hashlib.sha256(msgspec.json.encode(entries)).hexdigest()[:8]
    return Snapshot(
        f"{checked}.{digest}", date.fromisoformat(checked), manifest.sources, manifest.synonyms, entries
    )


def _with_tombstones(entries: tuple[Entry, ...], previous: Snapshot, day: str) -> tuple[Entry, ...]:
    listed = {(entry.platform, entry.model) for entry in entries}
    gone = [entry for entry in previous.entries if (entry.platform, entry.model) not in listed]
    lost = sum(not entry.tombstone for entry in gone)
    if lost > _SHRINK * len(previous.entries):
        raise ValueError(
            f"the sources lost {lost} of {len(previous.entries)} models; check that each source is complete, "
            "or build into a new file"
        )
    kept = [entry if entry.tombstone else msgspec.structs.replace(entry, tombstone=day) for entry in gone]
    return (*entries, *kept)


def write(snapshot: Snapshot, file: Path) -> int:
    """Write a snapshot, without a time stamp in it, and return its bytes."""
    packed = gzip.compress(msgspec.json.encode(snapshot), compresslevel=9, mtime=0)
    file.write_bytes(packed)
    return len(packed)


@click.command(help="Merge public lists of models into the catalogue that ships.")
@click.option("--sources", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=SHIPPED)
def main(sources: Path, out: Path) -> None:
    """Build, say what it holds."""
    try:
        snapshot = build(sources, Catalogue.load(out).snapshot if out.exists() else None)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    size = write(snapshot, out)
    click.echo(f"{snapshot.version}: {len(snapshot.entries)} models, {size / 1000:.0f} kB -> {out}")


if __name__ == "__main__":
    main()
