"""From the store's answers to the form that each model keeps on each route."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from services.advisor.form import Form
from services.advisor.observed import Incumbent
from store.database import Database
from store.form import forms

DAYS = 14


def read_forms(database: Database, today: date) -> Mapping[Incumbent, Form]:
    """Return what answers of the two weeks before the end of `today` look like, by route and model."""
    until = datetime.combine(today + timedelta(days=1), time(), UTC)
    return {
        (row.pop("tenant"), row.pop("route"), row.pop("platform"), row.pop("model")): Form(**row)
        for row in forms(database, until - timedelta(days=DAYS), until)
    }
