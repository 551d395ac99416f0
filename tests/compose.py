"""`docker-compose.yml` as an engine would read it, for tests that have none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docker-compose.yml"

Service = Mapping[str, Any]


def document() -> Mapping[str, Any]:
    """Return the file, its anchors and merges resolved."""
    found: Mapping[str, Any] = YAML(typ="safe").load(FILE.read_text("utf-8"))
    return found


def services() -> Mapping[str, Service]:
    """Return its services by name."""
    found: Mapping[str, Service] = document()["services"]
    return found


def ours() -> dict[str, Service]:
    """Return the services that run fmwatch's own image."""
    return {name: one for name, one in services().items() if one["image"].startswith("fmwatch:")}


def mounts(service: Service) -> dict[str, Path]:
    """Return what of this folder a service sees, by where it sees it: volumes and secrets."""
    bound = [volume.split(":") for volume in service.get("volumes", []) if volume.startswith("./")]
    seen = {inside: ROOT / outside for outside, inside, *_ in bound}
    for secret in service.get("secrets", []):
        name, inside = (
            (secret, f"/run/secrets/{secret}")
            if isinstance(secret, str)
            else (secret["source"], secret["target"])
        )
        seen[inside] = ROOT / document()["secrets"][name]["file"]
    return seen
