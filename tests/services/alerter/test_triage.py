"""What is behind an alert, from the clues that real incidents leave."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from detectors.monitors.slices import Group
from services.alerter.alert import Alert
from services.alerter.triage import Elsewhere, Scene, Sizes, triage
from services.wording.explanation import Triage
from tests.services.wording.night import told
from tests.services.wording.nights import NIGHTS, PASSAGES, PROMPT, STEADY, change, groups


def judged(scene: Scene) -> Triage:
    """Return the triage of a scene that has one."""
    found = triage(scene)
    assert found is not None
    return found


def about(signal: Any, **more: Any) -> Scene:
    """Return a scene around that signal's alert."""
    return Scene(told(signal, NIGHTS[signal])[0], **more)


def cause(scene: Scene) -> str | None:
    """Return the one cause, None where it cannot be told."""
    named = judged(scene).cause
    return named.cause if named else None


@pytest.mark.parametrize(
    ("signal", "named"),
    [
        ("error", "provider"),
        ("latency", None),
        ("hallucination", "prompt"),
        ("toxicity", None),
        ("unpriced", "application"),
        ("spend", "application"),
        ("tokens", None),
        ("ttft", "provider"),
        ("refusal", "traffic"),
        ("privacy", "detector"),
        ("truncated", "application"),
        ("prompt_drift", "traffic"),
        ("response_drift", "served_model"),
    ],
)
def test_nights(signal: Any, named: str | None) -> None:
    """Each of the nights has the cause that a person would name, or none."""
    found = told(signal, NIGHTS[signal])[0].explanation.triage
    assert found is not None
    assert (found.cause.cause if found.cause else None) == named


def test_own_cause() -> None:
    """A lost call, a model that ends and one that was replaced explain themselves."""
    assert {triage(about(signal)) for signal in ("completeness", "lifecycle", "model_changed")} == {None}


def test_nothing() -> None:
    """Without any clue nobody is suspected, and what was looked at is said."""
    found = judged(about("latency", groups=STEADY, sizes=Sizes(1.0, 1.0)))
    assert found.suspects == ()
    assert "prompt version" in found.cleared
    assert "length of questions" in found.cleared


def test_change_long_before() -> None:
    """A change nine hours before is a doubt, not a cause."""
    found = judged(about("hallucination", changes=[change("prompt", 540)]))
    assert (found.cause, found.suspects[0].weight) == (None, 1)


def test_rival_changes() -> None:
    """Two changes right before: cannot tell, and both are named."""
    found = judged(about("hallucination", changes=[PROMPT, replace(PASSAGES, kind="deploy")]))
    assert found.cause is None
    assert {suspect.cause for suspect in found.suspects} == {"prompt", "application"}


def test_version_that_is_not_it() -> None:
    """A new prompt version that is no worse than the old one, risen too, is not accused."""
    risen = groups("prompt version", ("v14", 500, 60, 0, 0), ("v13", 500, 60, 9000, 180))
    assert cause(about("hallucination", groups=risen)) is None


def test_version_without_a_word() -> None:
    """A new prompt version that nobody declared, with the trouble in it, is the prompt."""
    new = groups("prompt version", ("v14", 500, 60, 0, 0), ("v13", 500, 10, 9000, 180))
    assert cause(about("hallucination", groups=new)) == "prompt"


def test_version_that_was_fine_at_first() -> None:
    """A prompt version that came hours before the trouble, and was as usual then, is a doubt at most."""
    new = groups("prompt version", ("v14", 900, 90, 150, 3), ("v13", 0, 0, 9000, 180))
    assert cause(about("hallucination", groups=new)) is None
    late = groups("prompt version", ("v14", 900, 90, 150, 14), ("v13", 0, 0, 9000, 180))
    assert cause(about("hallucination", groups=late)) == "prompt"


def test_region() -> None:
    """Errors on one route while the rest of its platform is as usual are not the provider's."""
    calm = [Elsewhere("azure", "gpt-4o-mini", 900, 7, 9000, 70)]
    alert = told("error", NIGHTS["error"])[0]
    alone = replace(alert, series=replace(alert.series, level="route", platform="", route="support/answer"),
                    routes=("support/answer",))  # fmt: skip
    own = groups("platform", ("azure", 400, 200, 4000, 30))
    found = judged(Scene(alone, groups=own, elsewhere=calm))
    assert found.cause is None
    assert "other calls on azure" in found.cleared


def test_bad_requests() -> None:
    """Requests that the provider refuses after a deploy are the application's."""
    errors = groups("error", ("invalid_request_error", 200, 200, 0, 0))
    assert cause(about("error", groups=errors, changes=[replace(PASSAGES, route="")])) == "application"


def test_mix() -> None:
    """More calls of a language that always was worse: what is asked has changed."""
    mixed = groups("language", ("en", 200, 4, 9000, 180), ("de", 800, 160, 1000, 200))
    assert cause(about("hallucination", groups=mixed)) == "traffic"


@pytest.mark.parametrize(("before", "named"), [(80, "traffic"), (400, None)])
def test_unusual_questions(before: int, named: str | None) -> None:
    """Trouble in unusual questions is their doing where there are more of them than before."""
    own = groups(
        "questions",
        ("unlike the usual ones", 69, 34, before, before // 80),
        ("like the usual ones", 51, 2, 670, 8),
    )
    assert cause(about("hallucination", groups=own)) == named


def test_detector_moves_scores_only() -> None:
    """A new detector explains what it measures, not latency."""
    new = change("detector", 5, from_="1", to="2")
    assert cause(about("refusal", changes=[new])) == "detector"
    assert cause(about("latency", changes=[new])) is None


def test_later_change() -> None:
    """What was changed after the start is no cause."""
    assert judged(about("hallucination", changes=[change("prompt", -600)])).suspects == ()


def test_other_tenant() -> None:
    """An alert of another tenant is no clue."""
    alert: Alert = told("response_drift", NIGHTS["response_drift"])[0]
    other = replace(alert, signal="model_changed", series=replace(alert.series, tenant="else"))
    assert cause(Scene(alert, others=[other])) is None


def test_groups_without_a_past() -> None:
    """A route that is new has no arrivals: everything in it is new."""
    assert judged(about("hallucination", groups=[Group("language", "en", 100, 50, 0, 0)])).suspects == ()
