"""What each rule means for a fleet, and warnings of what nobody will have meant."""

from __future__ import annotations

import json

import pytest

from detectors.monitors.base import Leaf
from services.config import Config
from services.rules import check_told
from services.rules.check import Check, check
from tests.contract.schema import errors, load

FLEET = {
    Leaf("default", "azure", "support/answer", "gpt-5.4"): "support",
    Leaf("default", "azure", "search/rank", "gpt-5.4-mini"): "search",
    Leaf("default", "openai", "search/rank", "gpt-5.4-mini"): "search",
}
TEAMS = {"support": {"owner": "support-oncall", "receivers": ["pager"]}, "search": {}}
PAGER = {"pager": {"webhook": {"url": "https://hooks.example.org/x"}}}


def checked(rules: list[dict[str, object]], **more: object) -> Check:
    """Check rules against the fleet."""
    content = {"teams": TEAMS, "receivers": PAGER, "rules": rules, **more}
    return check(Config.parse(content), FLEET)


def warnings(found: Check) -> list[tuple[int, str]]:
    """Return what is warned of, each by its first words."""
    return [(one.number, one.what.split(":")[0]) for one in found.warnings]


def test_all_well() -> None:
    """The defaults warn of nothing, and promise the budgets."""
    found = checked([])
    assert warnings(found) == []
    (default,) = found.meanings
    assert default.per_month("page") == pytest.approx(1.0)
    assert default.per_month("ticket") == pytest.approx(4.0)


def test_selects() -> None:
    """A rule's series, severity and receivers are those a signal would get."""
    found = checked([{"signal": "refusal", "route": "search/*", "severity": "page", "receivers": ["pager"]}])
    mine = found.meanings[0]
    assert {one.signal for one in mine.outlooks} == {"refusal"}
    assert {one.severity for one in mine.outlooks} == {"page"}
    assert {one.receivers for one in mine.outlooks} == {("pager",)}
    assert all(one.series.route in {"", "search/rank"} for one in mine.outlooks)
    assert mine.per_month("page") > 0
    assert mine.per_month("ticket") == 0
    assert sum(one.per_month("page") for one in found.meanings) <= 1.0 + 1e-9


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([{"signal": "latency", "route": "serach/*"}], [(0, "matches nothing in this fleet")]),
        ([{"signal": "latency"}, {"signal": "latency", "route": "search/*"}], [(1, "is never asked")]),
        ([{"route": "search/*"}, {"signal": "error", "route": "search/rank"}], [(1, "is never asked")]),
        (
            [{"route": "search/*"}, {"route": "support/*"}, {"signal": "error", "platform": "openai"}],
            [(2, "decides about nothing in this fleet")],
        ),
        ([{"signal": "error", "severity": "page", "receivers": ["console"]}], [(0, "pages nobody")]),
        ([{"signal": "*", "severity": "off"}], [(-1, "receiver pager hears of nothing")]),
    ],
)
def test_warnings(rules: list[dict[str, object]], expected: list[tuple[int, str]]) -> None:
    """Each way in which a rule does not do what its author will have wanted is named."""
    assert warnings(checked(rules)) == expected


def test_owned() -> None:
    """Routes belong to whom the configuration gives them, whatever team their calls name."""
    fleet = dict.fromkeys(FLEET, "bot")
    routes = {"support/*": {"team": "support"}, "search/*": {"team": "search"}}
    rules = [{"signal": "error", "team": "support", "severity": "ticket"}]
    content = {
        "teams": TEAMS,
        "receivers": {**PAGER, "chat": PAGER["pager"]},
        "routes": routes,
        "rules": rules,
    }
    found = check(Config.parse(content), fleet)
    by_rule = {one.number: one.outlooks for one in found.meanings}
    assert {one.team for one in by_rule[0]} == {"support"}
    assert {one.receivers for one in by_rule[0]} == {("pager",)}
    assert {one.team for one in by_rule[-1]} == {"support", "search"}
    assert {one.receivers for one in by_rule[-1] if one.team == "search" and one.severity == "page"} == {
        ("pager", "chat")
    }


def test_nobody_by_default() -> None:
    """Without any receiver the pages of the defaults wake nobody."""
    found = check(Config.parse({"teams": {"support": {}}}), FLEET)
    assert [(one.number, one.what.split(":")[0]) for one in found.warnings] == [(-1, "pages nobody")]


def test_margin_or_filter() -> None:
    """It is said which least effects monitors bet against, and which only filter what was found."""
    found = checked(
        [
            {"signal": "error", "route": "search/*", "at_least": {"ratio": 3.0, "n": 50}},
            {"signal": "latency", "at_least": {"ratio": 1.3}},
            {"signal": "spend", "route": "search/*", "at_least": {"ratio": 1.3}},
        ]
    )
    assert [dict(one.effects) for one in found.meanings[:3]] == [
        {("ratio", "error"): True, ("n", "error"): False},
        {("ratio", "latency"): True},
        {("ratio", "spend"): False},
    ]
    text = "\n".join(check_told.lines(found))
    assert "at_least ratio 1.3 on latency: monitors bet against it" in text
    assert "at_least ratio 1.3 on spend: filters what was found" in text


def test_no_fleet() -> None:
    """Without calls rules are checked as far as that goes: nothing is said to match nothing."""
    content = {"rules": [{"signal": "latency"}, {"signal": "latency"}, {"route": "none"}]}
    found = check(Config.parse(content), {})
    assert warnings(found) == [(1, "is never asked")]
    assert "no calls are stored" in next(check_told.lines(found))


def test_document() -> None:
    """The document is JSON, and its promises sum up to at most the budgets."""
    found = checked([{"signal": "latency", "severity": "ticket"}])
    document = json.loads(json.dumps(check_told.document(found), allow_nan=False))
    assert errors(document, load("rules_check")) == []
    assert document["rules"][0]["false_per_month"]["page"] == 0
    assert document["promised"]["page"] <= 1.0
    assert document["default"]["rule"] is None
    assert {one["signal"] for one in document["rules"][0]["decides"]} == {"latency"}
