"""The models in use, as the JSON document of `fmwatch models` and of a server's `/api/models.json`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from services.advisor.catalogue import Catalogue
from services.advisor.entry import Entry
from services.advisor.fleet import Doing, InUse, fleet, idle_endpoints
from services.advisor.lifespan import Lifespan
from services.advisor.read_usage import read_usage
from services.config import Config
from services.wall import now
from services.wiring import route_rules
from services.wording.numbers import wilson
from store.database import Database
from store.fleet import last_day, models_in_use

DAYS = 14  # looked back, as advice does

Document = dict[str, Any]


def read(database: Database, catalogue: Catalogue, config: Config) -> Document:
    """Return what the store says of the days up to the last with calls: they may be a replay's."""
    on = last_day(database) or now().date()
    until = datetime.combine(on + timedelta(days=1), time(), UTC)
    rows = models_in_use(database, until - timedelta(days=DAYS), until)
    doing = {(row["tenant"], row["platform"], row["model"]): Doing.of(row) for row in rows}

    def owner(route: str) -> str:
        return route_rules(config, route).owner

    found = fleet(read_usage(database, on, DAYS), doing, catalogue, on, owner)
    return document(found, idle_endpoints(catalogue, found), catalogue, on)


def document(found: Sequence[InUse], idle: Sequence[Entry], catalogue: Catalogue, on: date) -> Document:
    """Return the models in use, and the endpoints that only cost."""
    return {
        "on": on.isoformat(),
        "days": DAYS,
        "catalogue": catalogue.version,
        "models": [_model(one) for one in found],
        "idle_endpoints": [
            {"platform": one.platform, "model": one.model, "hourly_usd": one.hourly_usd.value}
            for one in idle
            if one.hourly_usd
        ],
    }


def _model(one: InUse) -> Document:
    return {
        "tenant": one.tenant,
        "platform": one.platform,
        "model": one.model,
        "served": one.served or None,
        "life": _life(one.life),
        "calls": one.doing.n,
        "share_of_traffic": one.share,
        "spend_usd": one.doing.spend_usd,
        "unpriced": one.doing.unpriced_n,
        "hourly_usd": one.hourly_usd,
        "endpoint_usd": one.endpoint_usd,
        "unsupported": _rate(one.doing.bad, one.doing.judged),
        "error": _rate(one.doing.errors or 0, 0 if one.doing.errors is None else one.doing.n),
        "routes": list(one.routes),
        "teams": list(one.teams),
        "owners": list(one.owners),
    }


def _life(life: Lifespan) -> Document:
    said = life.evidence
    return {
        "state": life.state,
        "ends": life.ends.isoformat() if life.ends else None,
        "earliest": life.earliest.isoformat() if life.earliest else None,
        "days_left": life.days_left,
        "known_days": life.known_days,
        "via": life.via or None,
        "source": said.source if said else None,
        "as_of": said.as_of if said else None,
        "confidence": said.confidence if said else None,
    }


def _rate(bad: int, n: int) -> Document:
    """Return a share with its 95 % interval; null where nothing could be judged."""
    return {"ratio": bad / n if n else None, "interval": list(wilson(bad, n)) if n else None, "n": n}
