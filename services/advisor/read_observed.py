"""From the store to what traffic itself says of the models in use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from services.advisor.form import NO_FORM
from services.advisor.observed import Incumbent, Observed
from services.advisor.read_decline import read_declines
from services.advisor.read_forms import read_forms
from services.advisor.read_staleness import read_staleness
from store.database import Database


class Observing:
    """Looks through weeks of calls, and for that only once a day; within the day it says the same again.

    Parameters
    ----------
    encoder : version of the encoder whose embeddings tell kinds of questions apart
    """

    def __init__(self, database: Database, encoder: str) -> None:
        self._database = database
        self._encoder = encoder
        self._day: date | None = None
        self._found: Mapping[Incumbent, Observed] = {}

    def __call__(self, today: date, cutoffs: Mapping[Incumbent, date]) -> Mapping[Incumbent, Observed]:
        """Return what was seen in the days before the end of `today`, of models with anything to say of.

        Parameters
        ----------
        cutoffs : until when each model in use knows the world, where that is known
        """
        if self._day != today:
            worse = read_declines(self._database, today, self._encoder)
            late = read_staleness(self._database, today, cutoffs)
            form = read_forms(self._database, today)
            series = worse.keys() | late.keys() | form.keys()
            self._found = {
                one: Observed(worse.get(one), late.get(one), form.get(one, NO_FORM)) for one in series
            }
            self._day = today
        return self._found
