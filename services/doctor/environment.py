"""The Python that runs this, the packages it was tested with, and time zones."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from services.doctor.check import Finding, fail, ok, warn

DISTRIBUTION = "fmwatch-server"
OLDEST = (3, 11)
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)")
_SHOWN = 5


def environment(timezone: str = "UTC") -> Iterator[Finding]:
    """Look at what every process of fmwatch needs.

    Parameters
    ----------
    timezone : that the configuration names
    """
    yield _python(sys.version_info[:3])
    yield _packages(_required(), _installed)
    yield _zones(timezone)


def _python(version: tuple[int, ...]) -> Finding:
    said = ".".join(map(str, version))
    if version < OLDEST:
        return fail("python", f"{said}, and 3.11 is needed", "make install PYTHON=python3.11")
    return ok("python", f"{said}, fmwatch {_installed(DISTRIBUTION) or 'not installed as a package'}")


def _packages(required: dict[str, str], installed: Callable[[str], str | None]) -> Finding:
    odd = [
        f"{name} {found or 'is missing'} (wants {wanted})"
        for name, wanted in required.items()
        if (found := installed(name)) != wanted
    ]
    if not odd:
        engine = installed("chdb")
        return ok("packages", f"all {len(required)} as pinned, among them the engine chdb {engine}")
    more = f" and {len(odd) - _SHOWN} more" if len(odd) > _SHOWN else ""
    return warn("packages", f"{', '.join(odd[:_SHOWN])}{more}", "make install")


def _zones(timezone: str) -> Finding:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return fail(
            "time zones", f"no {timezone} on this machine", "install the package tzdata: make install"
        )
    return ok("time zones", f"{len(available_timezones())} known, {timezone} is used")


def _required() -> dict[str, str]:
    try:
        return _pinned(metadata.requires(DISTRIBUTION) or [])
    except metadata.PackageNotFoundError:
        return {}


def _pinned(requirements: Iterable[str]) -> dict[str, str]:
    """Return the versions that are fixed; extras are what somebody may do without."""
    always = (one for one in requirements if "extra ==" not in one)
    return {found[1]: found[2] for one in always if (found := _PINNED.match(one))}


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
