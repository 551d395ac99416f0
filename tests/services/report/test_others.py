"""Alerts of two tenants whose ids begin alike: neither tenant's are in the other's way, nor told to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.alerter.errors import AmbiguousAlert, UnknownAlert
from services.alerter.store_ledger import StoreLedger
from services.report.errors import ReportError
from services.report.gather import Gather
from services.report.windows import Asked
from store.database import Database
from tests.services.report.days import NOW, alert

OWNERS = {"aaaa000000000001": "a", "aaaa000000000002": "b", "aaaa000000000003": "b"}


@pytest.fixture(scope="module")
def gather(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gather]:
    """Read a store that has these alerts and no calls."""
    directory: Path = tmp_path_factory.mktemp("others")
    one = alert()
    with Database.open(directory) as database:
        found = [replace(one, id=id_, series=replace(one.series, tenant=who)) for id_, who in OWNERS.items()]
        StoreLedger(database, lambda: NOW).save_alerts(found, NOW)
        yield Gather(database, ZoneInfo("UTC"), lambda: NOW)


def test_own(gather: Gather) -> None:
    """What is the one alert of one's own that begins so is found, whatever others have."""
    with pytest.raises(ReportError, match="of tenant 'a' is stored at any time"):
        gather.comparison(Asked(signal="aaaa", tenant="a"))


def test_ambiguous(gather: Gather) -> None:
    """Only ids of one's own are told; all of them to whoever may read every tenant."""
    with pytest.raises(AmbiguousAlert, match=r"^2 alerts' ids") as refused:
        gather.comparison(Asked(signal="aaaa", tenant="b"))
    assert "aaaa000000000001" not in str(refused.value)
    with pytest.raises(AmbiguousAlert, match=r"^3 alerts' ids"):
        gather.comparison(Asked(signal="aaaa"))


def test_none(gather: Gather) -> None:
    """Whoever has no such alert hears nothing of anyone's."""
    with pytest.raises(UnknownAlert, match="no alert has the id 'aaaa'"):
        gather.comparison(Asked(signal="aaaa", tenant="c"))
