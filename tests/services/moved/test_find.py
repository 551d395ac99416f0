from __future__ import annotations

from datetime import UTC, datetime

from services.moved import find
from services.moved.find import Move, Used, used
from services.moved.traffic import Model

AT = datetime(2026, 8, 10, 12, tzinfo=UTC)
DAY = int(AT.timestamp()) // 86_400
OLD, NEW, OTHER = Model("openai", "gpt-4o"), Model("openai", "gpt-5.4-mini"), Model("azure", "gpt-5.4-mini")


def rows(**by_model: tuple[Model, int, int]) -> list[dict[str, object]]:
    """Return days of calls: (model, first day from today, calls a day) until today."""
    return [
        {
            "tenant": "t",
            "route": "r",
            "platform": model.platform,
            "model": model.model,
            "day": DAY + day,
            "n": n,
        }
        for model, first, n in by_model.values()
        for day in range(first, 1)
    ]


def moves(traffic: Used, changes: list[dict[str, object]]) -> list[Move]:
    """Return the moves where one model exists of which no call is stored."""
    return find.moves(traffic, changes, lambda model: model == Model("openai", "gpt-4"))


def change(to: str, from_: str = "", platform: str = "") -> dict[str, object]:
    """Return a declared change."""
    names = {"platform": platform, "model": "", "from_": from_, "to": to}
    return {"tenant": "t", "route": "r", "at": AT, "by": "ana", "note": "", **names}


def test_shown() -> None:
    """A model that comes while another has most of the route is a move from that one."""
    traffic = used(rows(old=(OLD, -20, 900), small=(OTHER, -20, 100), new=(NEW, -3, 50)))
    assert moves(traffic, []) == [Move("t", "r", OLD, NEW)]


def test_whose_calls() -> None:
    """On a route with several models the incumbent is who lost its calls, not who has most of them."""
    past = rows(most=(OTHER, -20, 700), old=(OLD, -20, 300), new=(NEW, -5, 250))
    lost = [
        row | {"n": 50} if row["model"] == OLD.model and int(str(row["day"])) >= DAY - 5 else row
        for row in past
    ]
    assert moves(used(lost), []) == [Move("t", "r", OLD, NEW)]


def test_not_shown() -> None:
    """Neither some calls of somebody who tries, nor what was there from the start, is a move."""
    assert moves(used(rows(old=(OLD, -20, 900), new=(NEW, -3, 10))), []) == []
    assert moves(used(rows(old=(OLD, -20, 900), new=(NEW, -20, 500))), []) == []
    assert moves({}, []) == []


def test_declared() -> None:
    """A change names models with or without their platform; the incumbent may be left out."""
    traffic = used(rows(old=(OLD, -20, 900), new=(NEW, -1, 5), other=(OTHER, -1, 5)))
    wanted = [Move("t", "r", OLD, NEW, AT, "ana")]
    assert moves(traffic, [change("openai/gpt-5.4-mini", "openai/gpt-4o")]) == wanted
    assert moves(traffic, [change("gpt-5.4-mini", "gpt-4o", platform="openai")]) == wanted
    assert moves(traffic, [change("openai/gpt-5.4-mini")]) == wanted
    assert moves(traffic, [change("azure/gpt-5.4-mini")]) == [Move("t", "r", OLD, OTHER, AT, "ana")]


def test_unknown_names() -> None:
    """A change to a model without a call on the route is not followed."""
    assert moves(used(rows(old=(OLD, -20, 900))), [change("openai/none", "openai/gpt-4o")]) == []


def test_to_itself() -> None:
    """Nothing moves from a model to itself, however it is spelled; from one platform to another it does."""
    traffic = used(rows(old=(OLD, -20, 900), new=(NEW, -20, 500), other=(OTHER, -1, 5)))
    for name in (NEW.name, NEW.model):
        assert moves(traffic, [change(NEW.name, name, platform="openai")]) == []
    assert moves(traffic, [change(NEW.model, NEW.model)]) == []
    assert moves(traffic, [change(OTHER.name, NEW.model)]) == [Move("t", "r", NEW, OTHER, AT, "ana")]
    assert moves(used(rows(new=(NEW, -20, 500))), [change(NEW.name, NEW.name)]) == []


def test_mistyped() -> None:
    """A former model that no call names makes no move, unless there is such a model."""
    traffic = used(rows(old=(OLD, -20, 900), new=(NEW, -1, 5)))
    for name in ("openai/gpt4o", "gpt4o"):
        assert moves(traffic, [change(NEW.name, name)]) == []
        assert moves(used(rows(new=(NEW, -20, 500))), [change(NEW.name, name, platform="openai")]) == []
    assert moves(traffic, [change(NEW.name, "gpt-4")]) == [Move("t", "r", OLD, NEW, AT, "ana")]
    gone = Move("t", "r", Model("openai", "gpt-4"), NEW, AT, "ana")
    assert moves(used(rows(new=(NEW, -20, 500))), [change(NEW.name, "openai/gpt-4")]) == [gone]
