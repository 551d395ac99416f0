"""What every model in use did lately, over all routes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from store.database import Database

_MODELS = """
SELECT tenant, platform, request_model AS model, n, errors, hallucination_n, unsupported,
    priced_n, unpriced_n, spend_usd
FROM v_models(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')})
ORDER BY tenant, platform, model
"""


def last_day(database: Database) -> date | None:
    """Return the last day (UTC) with calls; None where there is none."""
    (found,) = database.rows("SELECT count() AS n, toDate(max(hour)) AS day FROM v_fleet_hour")
    return found["day"] if found["n"] else None


def models_in_use(database: Database, since: datetime, until: datetime) -> Sequence[dict[str, Any]]:
    """Return one row per tenant, platform and model in [since, until), whole hours."""
    return database.rows(_MODELS, {"since": since, "until": until})
