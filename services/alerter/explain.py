"""What goes with an alert's numbers: whom it hits, where it sits, what is behind it, what to move to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np
from fmwatch.event import Change

from detectors.monitors.slices import RAREST, Group, concentrated, expected
from detectors.monitors.unusual import unusual
from services.alerter.alert import Alert
from services.alerter.answer import answer
from services.alerter.triage import (
    NEAR,
    QUESTIONS,
    SELF_EXPLAINED,
    UNLIKE,
    Elsewhere,
    Scene,
    Sizes,
    about,
    triage,
)
from services.wording.advice import advice_of, sentence
from services.wording.explanation import Explanation, Slice
from store import alerting, console, slices
from store.database import Database
from store.slices import Asked

REFERENCE = timedelta(days=7)  # before the start: each hour of the week once
MOST_EXAMPLES = 10
MOST_SHOWN = 7
MOST_OF_ALL = 0.85  # a slice with more of the calls is everywhere
BY = frozenset(
    {
        QUESTIONS,
        "language",
        "prompt version",
        "region",
        "served model",
        "model",
        "platform",
        "route",
        "token limit",
    }
)
_SIZES = ("input_tokens", "output_tokens")
_COUNTED_APART = {"toxicity": "toxic prompts", "tokens": "input tokens"}  # what a signal may be about instead


class Explain(Protocol):
    """Completes an alert that has come up or grown. Called by the alerter before anybody is told."""

    def __call__(self, alert: Alert, others: Sequence[Alert], /) -> Alert: ...


def unexplained(alert: Alert, others: Sequence[Alert], /) -> Alert:  # noqa: ARG001 -- as the protocol has it
    """Return the alert as it is, where there is nothing to look at."""
    return alert


@dataclass(frozen=True, slots=True)
class Questions:
    """Some of an alert's calls by whether their questions are usual, and unusual bad ones since the start."""

    groups: Sequence[Group] = ()
    bad: Sequence[str] = ()


class StoreExplainer:
    """Looks an alert's calls up in the store, since its start and in the week before.

    Read once for each change of an alert; the same calls give the same explanation.

    Parameters
    ----------
    clock : aware UTC now, of the events: advice that has expired by then is none
    encoder : version of the embeddings by which kinds of question are told apart
    """

    def __init__(self, database: Database, clock: Callable[[], datetime], encoder: str = "") -> None:
        self.database = database
        self.clock = clock
        self.encoder = encoder

    def __call__(self, alert: Alert, others: Sequence[Alert], /) -> Alert:
        """Return the alert with its explanation.

        Raises
        ------
        StoreUnavailable : ask again later
        """
        asked = asked_of(alert)
        questions = self._questions(asked) if asked else Questions()
        scene = self._scene(alert, asked, questions, [other for other in others if other.id != alert.id])
        where = sits_in(scene.groups)
        if where and where.by == QUESTIONS:
            shown = tuple(dict.fromkeys((*questions.bad, *alert.examples)))
            alert = replace(alert, examples=shown[:MOST_EXAMPLES])
        found = Explanation(_teams(scene.groups), where, triage(scene), self._advice(alert))
        return replace(alert, explanation=found)

    def _scene(
        self, alert: Alert, asked: Asked | None, questions: Questions, others: Sequence[Alert]
    ) -> Scene:
        near = about(self._changes(alert), alert)
        if asked is None:
            return Scene(alert, others, near)
        sizes = slices.sizes(self.database, asked)
        return Scene(
            alert,
            others,
            near,
            groups=[*(Group(**row) for row in slices.slices(self.database, asked)), *questions.groups],
            elsewhere=[Elsewhere(**row) for row in slices.elsewhere(self.database, asked)],
            sizes=Sizes(*(_ratio(sizes[name], sizes[f"before_{name}"]) for name in _SIZES)),
        )

    def _questions(self, asked: Asked) -> Questions:
        rows = slices.sample(self.database, asked, self.encoder)
        if not rows:
            return Questions()
        lies = np.stack([np.frombuffer(row["prompt_embedding"], dtype=np.int8) for row in rows])
        recent, wrong = (np.array([bool(row[name]) for row in rows]) for name in ("now", "bad"))
        found = unusual(lies, recent, wrong)
        if found is None:
            return Questions()
        judged, like = found
        groups = [
            Group(QUESTIONS, value, *(int((judged & own & part).sum()) for part in
                  (recent, recent & wrong, ~recent, ~recent & wrong)))
            for value, own in ((UNLIKE, like), ("like the usual ones", ~like))
        ]  # fmt: skip
        bad = np.flatnonzero(like & recent & wrong).tolist()
        return Questions(groups, [rows[i]["event_id"] for i in bad[:MOST_SHOWN]])

    def _changes(self, alert: Alert) -> list[Change]:
        rows = alerting.changes(self.database, alert.began_low - NEAR, alert.began_high + NEAR)
        return [Change(**row) for row in rows]

    def _advice(self, alert: Alert) -> str:
        standing = [advice_of(row) for row in console.advice(self.database, self.clock())]
        by_key = {(one.tenant, one.route, one.platform, one.incumbent): one for one in standing}
        key = answer(alert, by_key)
        return sentence(by_key[key]) if key else ""


def sits_in(groups: Sequence[Group]) -> Slice | None:
    """Return the slice in which the trouble sits while the rest is as usual; None where it is everywhere."""
    found = concentrated([group for group in groups if group.by in BY])
    if found is None:
        return None
    own = [group for group in groups if group.by == found.by]
    n, before = sum(group.n for group in own), sum(group.before_n for group in own)
    if found.n > MOST_OF_ALL * n:
        return None
    usual = expected(found, own) / found.n
    return Slice(
        by=found.by,
        value=found.value,
        n=found.n,
        observed=found.bad / found.n,
        reference=usual if usual > RAREST else 0.0,
        share=found.n / n,
        share_before=found.before_n / before if before else 0.0,
    )


def asked_of(alert: Alert) -> Asked | None:
    """Return which calls an alert is about, None where it is not about single calls."""
    apart = _COUNTED_APART.get(alert.signal)
    what = apart if apart and alert.facts.get("what") == apart else alert.signal
    if alert.signal in SELF_EXPLAINED or not slices.countable(what):
        return None
    series = alert.series
    return Asked(
        what=what,
        tenant=series.tenant,
        platform=series.platform,
        model=series.model,
        routes=() if series.level == "fleet" else alert.routes,
        since=alert.began_low - REFERENCE,
        began=alert.began_at,
        until=until(alert),
    )


def _teams(groups: Sequence[Group]) -> tuple[str, ...]:
    teams = [group for group in groups if group.by == "team" and group.n]
    return tuple(group.value for group in sorted(teams, key=lambda group: (-group.n, group.value)))


def until(alert: Alert) -> datetime:
    """Return the end of what was known when the alert last changed; calls that come later change nothing."""
    latest = max((each.at + timedelta(minutes=1) for each in alert.raised), default=alert.detected_at)
    return max(alert.detected_at, latest, alert.resolved_at or latest)


def _ratio(now: float | None, before: float | None) -> float | None:
    return now / before if now is not None and before and now == now else None  # noqa: PLR0124 -- nan
