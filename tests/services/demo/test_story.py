"""The printed end of a demo."""

from datetime import date, timedelta
from io import StringIO

import pytest

from services.demo.demo import judged, planned
from services.demo.story import lines, plain, tell

HOSTILE = "[bold red]evil[/bold red][/nothing]\x1b[2J\x9b\u202e"


def document(where: str = "support/answer") -> dict[str, object]:
    """Return what a demo would say that found its one incident, missed another and was wrong once."""
    plan = planned(seed=2, days=28, incidents="hallucination", as_of=date(2026, 8, 21))
    culprit = plan.incidents[0]
    found = {
        "id": "1",
        "signal": "hallucination",
        "severity": "page",
        "headline": f"{where}: 19 % of answers say what their context does not, usually 1.1 %",
        "lines": [
            {"name": "How bad", "text": "19 % of judged answers (95 %: 15-24, n = 412)"},
            {"name": "Owner", "text": where},
        ],
        "team": "support",
        "route": where,
        "platform": "azure",
        "model": HOSTILE if where == HOSTILE else "gpt-4o",
        "routes": [culprit.routes[0]],
        "share_of_traffic": 0.17,
        "began_at": culprit.began.isoformat(),
        "detected_at": (culprit.began + timedelta(hours=6)).isoformat(),
        "resolved_at": None,
        "observed": 0.19,
        "reference": 0.011,
        "interval": [0.15, 0.24],
        "n": 412,
        "nearest_change": {
            "kind": "prompt",
            "from": "v13",
            "to": "v14",
            "by": where,
            "note": "x",
            "minutes_before": 25,
        },
    }
    wrong = {
        **found,
        "id": "2",
        "signal": "spend",
        "headline": "b/other: a call costs 0.02 USD, usually 0.01 USD",
        "severity": "ticket",
        "route": "b/other",
        "routes": ["b/other"],
    }
    advice = {
        "route": where,
        "platform": "azure",
        "incumbent": "gpt-4o",
        "candidate": "openai/gpt-5.4-mini",
        "causes": ["retiring"],
        "state": "recommend",
        "spend_difference_ratio": -0.61,
        "spend_basis": "price_list",
        "expires_at": "2026-11-19T00:00:00Z",
    }
    made: dict[str, object] = {
        "events": 97_100,
        "stored": 97_000,
        "duplicates": 0,
        "dead_letters": 100,
        "seconds": 83.0,
        "events_per_second": 1170.0,
        "alerts": [found, wrong],
        "recommendations": [advice, {**advice, "state": "abstain"}],
    }
    return judged(plan, made)


def told(of: dict[str, object]) -> str:
    """Return the printed story."""
    stream = StringIO()
    tell(of, stream)
    return stream.getvalue()


def test_story() -> None:
    """A stranger reads what happened, to whom, since when, how sure, what to do and what a move saves."""
    story = told(document())
    for part in (
        "stored 97,000 + duplicates 0 + dead letters 100 = 97,100 events",
        "Found 1 of 1, false 1",
        "■ PAGE    support/answer: 19 % of answers say what their context does not, usually 1.1 %",
        "How bad: 19 % of judged answers (95 %: 15-24, n = 412)",
        "found after 6 h",
        "false: ▲ ticket  b/other: a call costs 0.02 USD",
        "Arranged too, and no reason for an alarm: ten times the calls for three hours",
        "gpt-4o (retiring) -> openai/gpt-5.4-mini  spend -61 % (price list), quality not measured yet",
        "fmwatch replay yours.jsonl",
    ):
        assert part in story, part


def test_plain_when_piped() -> None:
    """Without a terminal there is no escape sequence in the story."""
    assert "\x1b" not in told(document())


def test_hostile() -> None:
    """Names from outside can neither style, break nor steer the terminal."""
    story = told(document(where=HOSTILE))
    assert "[bold red]evil[/bold red][/nothing]" in story
    assert not set("\x1b\x9b\u202e") & set(story)


def test_missed() -> None:
    """An incident that nothing found is said to be missed."""
    found = document()
    card = found["scorecard"]
    assert isinstance(card, dict)
    card["incidents"][0]["alert"] = None
    assert "missed" in "\n".join(lines(found))


def test_nothing() -> None:
    """A demo without incidents, alerts and advice has a story too."""
    plan = planned(seed=2, days=1, incidents="none", as_of=date(2026, 8, 21))
    assert "Found 0 of 0, false 0" in told(judged(plan, {}))


@pytest.mark.parametrize(
    ("text", "shown"), [("a\nb", "a b"), ("\x1b[31m", " [31m"), ("[b]", r"\[b]"), (3, "3")]
)
def test_text(text: object, shown: str) -> None:
    """Control characters are spaces and markup is text."""
    assert plain(text) == shown


def test_honest() -> None:
    """What is invented or simulated is said at the top, and nothing more is called real than is."""
    top = told(document()).split("Found")[0]
    assert "answers invented" in top
    assert "latency simulated" in top
    assert "exts are real" not in top
