"""Findings by their names, for the tests here."""

from __future__ import annotations

from collections.abc import Iterable

from services.doctor.check import Finding


def by_name(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Return what was found about each thing, in order."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.name, []).append(finding)
    return found


def statuses(findings: Iterable[Finding]) -> dict[str, str]:
    """Return how each thing is; of several the last."""
    return {finding.name: finding.status for finding in findings}


def one(findings: Iterable[Finding], name: str) -> Finding:
    """Return the only finding of a name."""
    (finding,) = by_name(findings)[name]
    return finding
