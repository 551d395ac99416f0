"""A file that others read while it is written anew: they see the old one or the new one, never a part."""

from __future__ import annotations

from pathlib import Path


def write(file: Path, content: bytes) -> None:
    """Put content into a file; raises OSError where the place cannot be used."""
    part = file.with_name(f".{file.name}.part")
    try:
        part.write_bytes(content)
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
