"""From the store to what traffic itself says of the models in use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from services.advisor.observed import Incumbent, Observed
from services.advisor.read_decline import read_declines
from services.advisor.read_staleness import read_staleness
from store.database import Database


def read_observed(
    database: Database, today: date, cutoffs: Mapping[Incumbent, date], encoder: str
) -> dict[Incumbent, Observed]:
    """Return what was seen in the days before the end of `today`, of models about which there is anything.

    Parameters
    ----------
    cutoffs : until when each model in use knows the world, where that is known
    encoder : version of the encoder whose embeddings tell kinds of questions apart
    """
    worse = read_declines(database, today, encoder)
    late = read_staleness(database, today, cutoffs)
    return {series: Observed(worse.get(series), late.get(series)) for series in worse.keys() | late.keys()}
