"""Claims of modeldeprecations.dev: lifecycle, each date cited to the provider's own page."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML

from services.advisor.claim import Claim
from services.advisor.entry import Replacement

SOURCE = "modeldeprecations"
_DATES = {
    "released_on": "released",
    "deprecated_on": "deprecated_at",
    "shutdown_on": "shutdown_at",
    "earliest_shutdown_on": "earliest_at",
}
_PAGE = re.compile(r"models/[^/]+/[^/]+\.yaml$")
_MOST_BYTES = 1 << 20  # of one page
_MISTRAL = re.compile(r"^(?P<base>[a-z-]+?)(?P<version>(?:-\d+)*?(?:-\d+b)?)-(?P<yy>\d\d)-(?P<mm>\d\d)$")


def claims(where: Path) -> Iterator[Claim]:
    """Read every model's YAML file, in order of name: of a folder, or of the repository's .tar.gz."""
    yaml = YAML(typ="safe")
    for _, page in sorted(_pages(where)):
        yield from _model(yaml.load(page))


def _pages(where: Path) -> Iterator[tuple[str, str]]:
    if where.is_dir():
        for path in where.glob("models/*/*.yaml"):
            yield path.relative_to(where).as_posix(), path.read_text(encoding="utf-8")
        return
    with tarfile.open(where) as archive:  # read only: nothing of it is unpacked
        for member in archive:
            name = _PAGE.search(member.name)
            file = archive.extractfile(member) if name and member.size <= _MOST_BYTES else None
            if name and file:
                yield name[0], file.read().decode("utf-8")


def _model(page: Mapping[str, Any]) -> Iterator[Claim]:
    platform = page["provider"]
    names = _api_names(platform, page["model"])
    url, checked = page["sources"][0]["url"], page["last_verified"].isoformat()

    def claim(fact: str, value: object) -> Claim:
        return Claim(platform, names[0], fact, value, SOURCE, "high", url, checked)

    yield claim("status", page["status"])
    for field, fact in _DATES.items():
        if field in page:
            yield claim(fact, page[field])
    for alias in (*names[1:], *page.get("aliases", ())):
        yield claim("aliases", alias)
    for item in page.get("replacements", ()):
        by: Literal["provider", "curator"] = "provider" if item.get("recommended") else "curator"
        name = _api_names(item["provider"], item["model"])[0]
        yield claim("replacements", Replacement(item["provider"], name, by, checked, SOURCE, url))


def _api_names(platform: str, model: str) -> list[str]:
    """Return the names that calls use, the usual one first, then the page's own.

    Mistral's pages are called mistral-medium-3-5-26-04; calls name mistral-medium-2604.

    >>> _api_names("mistral", "mistral-medium-3-5-26-04")
    ['mistral-medium-2604', 'mistral-medium-3-5', 'mistral-medium-3-5-26-04']
    >>> _api_names("mistral", "ministral-3-8b-25-12")
    ['ministral-8b-2512', 'ministral-3-8b-2512', 'ministral-3-8b', 'ministral-3-8b-25-12']
    """
    found = _MISTRAL.match(model) if platform == "mistral" else None
    if not found:
        return [model]
    base, version, stamp = found["base"], found["version"], found["yy"] + found["mm"]
    size = next((part for part in version.split("-") if part.endswith("b")), "")
    names = [f"{base}-{size}-{stamp}", f"{base}{version}-{stamp}", f"{base}{version}"] if size else []
    names = names or [f"{base}-{stamp}", *([f"{base}{version}"] if version else [])]
    return [*names, model]
