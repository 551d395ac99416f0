from __future__ import annotations

import socket
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from services.address import Address
from services.config import Config
from services.doctor import clock, disk, environment, models
from services.doctor.check import AWAY, examine
from services.doctor.reach import address_of, resolved, unreached
from services.doctor.receivers import receivers

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
GIB = 1024**3
NOWHERE = "no-such-host.invalid"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("broker:9093", ("broker", 9093)),
        ("broker", ("broker", 9092)),
        (" 10.0.0.1:1 ", ("10.0.0.1", 1)),
        ("[::1]:9093", ("::1", 9093)),
        ("[::1]", ("::1", 9092)),
    ],
)
def test_address(text: str, address: tuple[str, int]) -> None:
    """An address is read with and without a port, and written so that it is read the same again."""
    found = address_of(text, 9092)
    assert found == address
    assert address_of(str(found), 1) == found


def test_unreached() -> None:
    """What takes no connection is named with the reason; what takes one is not named."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        there = Address("127.0.0.1", door.getsockname()[1])
        with socket.create_server(("127.0.0.1", 0)) as other:
            closed = Address("127.0.0.1", other.getsockname()[1])
        nowhere = Address(NOWHERE, 9092)
        found = unreached([there, closed, nowhere])
    assert set(found) == {closed, nowhere}
    assert found[closed] == "connection refused"


def test_resolved() -> None:
    """A host that does not resolve is said with the system's reason."""
    assert resolved("localhost") == ""
    assert resolved(NOWHERE) != ""


def test_receivers() -> None:
    """A receiver's host must resolve; nothing secret of its address is said."""
    config = Config.parse(
        {
            "receivers": {
                "here": {"webhook": {"url": "http://localhost:1/x"}},
                "gone": {"webhook": {"url": f"https://{NOWHERE}/secret-path"}},
                "chat": {"slack": {"token": "t", "channel": "C1", "api_url": "http://localhost/api"}},
                "mail": {"email": {"host": "localhost", "from": "a@b.c", "to": ["a@b.c"]}},
                "rest": {"apprise": {"url": "json://localhost"}},
            },
            "heartbeat": {"webhook": {"url": "http://localhost:1/x"}},
        }
    )
    here, gone, *others = examine(receivers(config))
    assert {one.status for one in (here, *others)} == {"ok"}
    assert (gone.status, gone.code) == ("fail", AWAY)
    assert NOWHERE in gone.what
    assert "secret-path" not in gone.what
    assert "receivers.gone.webhook" in gone.remedy


@pytest.mark.parametrize(
    ("seconds", "status"), [(0, "ok"), (-4, "ok"), (10, "warn"), (-10, "warn"), (61, "fail"), (-3600, "fail")]
)
def test_clocks(seconds: int, status: str) -> None:
    """Two clocks may be a little apart; a minute apart they put calls into the wrong minutes."""
    found = clock.against("clock", NOW + timedelta(seconds=seconds), NOW, "the server's clock")
    assert found.status == status
    assert f"{abs(seconds)}.0 s" in found.what


def test_future() -> None:
    """What is there already must not be of a time that has not come."""
    assert clock.newest("rows", None, NOW, "row").status == "ok"
    assert clock.newest("rows", NOW - timedelta(days=9), NOW, "row").status == "ok"
    found = clock.newest("rows", NOW + timedelta(hours=1), NOW, "row")
    assert found.status == "fail"
    assert "3,600 s" in found.what


def test_own_clock() -> None:
    """A clock that is before this version was made is wrong."""
    made = date(2026, 8, 21)
    assert clock.own(NOW, made).status == "ok"
    assert clock.own(datetime(1970, 1, 1, tzinfo=UTC), made).status == "fail"


@pytest.mark.parametrize(
    ("free", "used", "status"),
    [(100, 10, "ok"), (0.4, 0, "fail"), (1, 0, "warn"), (40, 100, "warn"), (60, 100, "ok")],
)
def test_room(free: float, used: int, status: str) -> None:
    """Room is judged against what is there, which merging copies."""
    found = disk.room("disk", int(free * GIB), 200 * GIB, used * GIB, "here")
    assert found.status == status
    assert "200.0 GiB" in found.what


def test_models() -> None:
    """The shipped models load; a catalogue that is months old is to be looked after."""
    loaded, fresh, now = models.models(datetime(2026, 9, 1, tzinfo=UTC))
    assert [one.status for one in (loaded, fresh, now)] == ["ok", "ok", "ok"]
    _, old, _ = models.models(datetime(2027, 9, 1, tzinfo=UTC))
    assert old.status == "warn"


def test_own_models(tmp_path: Path) -> None:
    """A deployment of an unlisted model is to be looked after; a snapshot that is not there is wrong."""
    deployed = Config.parse({"models": [{"platform": "azure", "model": "prod", "serves": "gpt-9"}]})
    found = list(models.models(datetime(2026, 9, 1, tzinfo=UTC), deployed))
    assert [one.what for one in found if one.status == "warn"] == [
        "models: azure/prod: serves gpt-9 is in no list"
    ]
    gone = Config.parse({"catalogue": str(tmp_path / "no.gz")})
    *_, last = models.models(datetime(2026, 9, 1, tzinfo=UTC), gone)
    assert (last.name, last.status) == ("catalogue", "fail")


def test_packages() -> None:
    """A package of another version than was tested is named with both."""
    assert environment._packages({"a": "1", "chdb": "4"}, {"a": "1", "chdb": "4"}.get).status == "ok"
    found = environment._packages({"a": "1", "chdb": "4"}, {"a": "2"}.get)
    assert (found.status, found.remedy) == ("warn", "make install")
    assert found.what == "a 2 (wants 1), chdb is missing (wants 4)"


def test_extras() -> None:
    """An extra that is not installed is nothing to complain of."""
    said = ["chdb==4.4.0", "fmwatch", "torch==2.13.0; extra == 'transformers'"]
    assert environment._pinned(said) == {"chdb": "4.4.0"}


def test_old_python() -> None:
    """A Python that is too old is said with the one that is needed."""
    assert environment._python((3, 10, 1)).status == "fail"
    assert [one.status for one in environment.environment("Europe/Berlin")] == ["ok", "ok", "ok"]
