"""Which recommendation answers an alert."""

from __future__ import annotations

from collections.abc import Collection

from services.alerter.alert import Alert
from services.wording.alert import ABOUT_MODELS

AdviceKey = tuple[str, str, str, str]  # tenant, route, platform, model


def answer(alert: Alert, known: Collection[AdviceKey]) -> AdviceKey | None:
    """Return the key of the advice about the alert's own model, on its worst route that has any.

    An alert about a model that names none, as of one that was swapped behind a name, has the advice of its
    route where there is only one.
    """
    series = alert.series
    routes = dict.fromkeys((series.route, *alert.routes))
    if series.model:
        keys = [(series.tenant, route, series.platform, series.model) for route in routes]
        return next((key for key in keys if key in known), None)
    if alert.signal not in ABOUT_MODELS:
        return None
    places = [[key for key in known if key[:2] == (series.tenant, route)] for route in routes if route]
    return next((keys[0] for keys in places if len(keys) == 1), None)
