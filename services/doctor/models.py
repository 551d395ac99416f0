"""What judges: the shipped models load, and the catalogue is there and young enough to advise by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from detectors import registry
from detectors.prices import PriceBook
from services.advisor.errors import CatalogueError
from services.advisor.own import loose_ends
from services.catalogue.known import known_catalogue, own_models
from services.config import Config, ConfigError
from services.doctor import clock
from services.doctor.check import Finding, fail, ok, warn

OLD = timedelta(days=90)  # providers retire models with a notice of three to six months
_REFRESH = (
    "fmwatch catalogue refresh writes the file that the key catalogue names; or install a newer fmwatch"
)
_AGAIN = "make install puts it there again"


def models(now: datetime, config: Config | None = None) -> Iterator[Finding]:
    """Load what every worker loads, and compare our clock with it.

    One check, because msgspec 0.22 crashes where two threads decode into a type for the first time at once.
    """
    try:
        names = [scorer.name for scorer in registry.scorers(PriceBook())]
        registry.encoder()
        yield ok("models", f"{len(names)} scorers and the encoder load")
    except (OSError, ValueError) as error:
        yield fail("models", f"a shipped model does not load: {error}", _AGAIN)
    try:
        catalogue = known_catalogue(config or Config(), now.date())
    except (OSError, CatalogueError, ConfigError) as error:
        remedy = _REFRESH if config and config.catalogue else _AGAIN
        yield fail("catalogue", f"does not load: {error}", remedy)
        return
    for loose in loose_ends(catalogue, own_models(config or Config())):
        yield warn("catalogue", f"models: {loose}", "correct the name in the configuration, or say its facts")
    yield _young(len(catalogue.snapshot.entries), catalogue.as_of, now.date())
    yield clock.own(now, catalogue.as_of)


def _young(entries: int, as_of: date, today: date) -> Finding:
    age = today - as_of
    what = f"{entries:,} models as of {as_of}, {age.days} days old"
    if age > OLD:
        return warn("catalogue", f"{what}: retirements announced since are not known", _REFRESH)
    return ok("catalogue", what)
