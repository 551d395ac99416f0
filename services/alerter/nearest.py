"""The change that came right before the trouble."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from fmwatch.event import Change

from detectors.monitors.base import Series
from services.alerter.alert import NearestChange

LOOK_BACK = timedelta(hours=24)


def nearest_change(
    series: Series, routes: Sequence[str], began: datetime, began_high: datetime, changes: Sequence[Change]
) -> NearestChange | None:
    """Return the last change that touches the series, made within a day before the start.

    The start is an estimate, so a change inside its interval still counts as before it.
    """
    touching = [
        change
        for change in changes
        if began - LOOK_BACK <= change.at <= max(began, began_high) and touches(change, series, routes)
    ]
    if not touching:
        return None
    last = min(touching, key=lambda change: (abs(began - change.at), change.at))
    return NearestChange(
        at=last.at,
        kind=last.kind,
        route=last.route,
        platform=last.platform,
        model=last.model,
        from_=last.from_,
        to=last.to,
        note=last.note,
        by=last.by,
    )


def touches(change: Change, series: Series, routes: Sequence[str]) -> bool:
    """Tell whether a change may concern a series: nothing that both name is different."""
    if change.tenant != series.tenant:
        return False
    if change.route and routes and change.route not in routes:
        return False
    keys = ((change.platform, series.platform), (change.model, series.model))
    return all(not said or not watched or said == watched for said, watched in keys)
