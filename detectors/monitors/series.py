"""From leaves to the five levels that are watched; two series with the same leaves are one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from detectors.monitors.base import Leaf, Level, Series

# The level kept when several describe the same set of leaves.
PREFERRED: tuple[Level, ...] = ("route", "route_model", "platform_model", "platform", "fleet")


def series_of(leaf: Leaf) -> tuple[Series, ...]:
    """Return the series a leaf belongs to, one per level, the preferred first."""
    tenant = leaf.tenant
    return (
        Series("route", tenant, route=leaf.route),
        Series("route_model", tenant, leaf.platform, leaf.route, leaf.model),
        Series("platform_model", tenant, leaf.platform, model=leaf.model),
        Series("platform", tenant, leaf.platform),
        Series("fleet", tenant),
    )


def members(leaves: Iterable[Leaf]) -> dict[Series, frozenset[Leaf]]:
    """Return every series of these leaves with the leaves in it."""
    found: dict[Series, set[Leaf]] = {}
    for leaf in leaves:
        for series in series_of(leaf):
            found.setdefault(series, set()).add(leaf)
    return {series: frozenset(group) for series, group in found.items()}


def watched(leaves: Iterable[Leaf]) -> dict[Series, frozenset[Leaf]]:
    """Return the series worth watching: one per distinct set of leaves, in a stable order.

    >>> one = Leaf("default", "openai", "support/answers", "gpt-5.4")
    >>> [series.level for series in watched([one])]
    ['route']
    """
    kept: dict[frozenset[Leaf], Series] = {}
    for series, group in members(leaves).items():
        if group not in kept or _rank(series) < _rank(kept[group]):
            kept[group] = series
    return {series: group for group, series in sorted(kept.items(), key=lambda item: item[1])}


def narrowest(affected: frozenset[Leaf], leaves: Mapping[Series, frozenset[Leaf]]) -> Series:
    """Return the series with the fewest leaves that contains all affected ones.

    `leaves` are all `members`, kept or not; one tenant only.
    """
    containing = [series for series, group in leaves.items() if affected <= group]
    return min(containing, key=lambda series: (len(leaves[series]), _rank(series), series))


def _rank(series: Series) -> int:
    return PREFERRED.index(series.level)
