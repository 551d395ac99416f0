from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fmwatch.event import Feedback, Generation

from store.database import Database
from store.labels import BAD_LABEL, PAIR_TAG, paired_calls
from store.writer import Writer
from tests.store.fleet import START, batch, calls, moved, verdicts

UNTIL = START + timedelta(days=1)


def answered_twice(n: int) -> tuple[list[Generation], list[Generation]]:
    """Calls, and the same requests answered by another model."""
    first = calls(n)
    return first, [
        moved(one, event_id=f"again-{one.event_id}", request_model="gpt-next", tags={PAIR_TAG: one.event_id})
        for one in first
    ]


def said(event: Generation, bad: float, **changed: object) -> Feedback:
    """What a person said of an answer."""
    feedback = Feedback(
        event_id=event.event_id, tenant=event.tenant, kind="label", name=BAD_LABEL, value=bad, at=START
    )
    return replace(feedback, **changed)  # type: ignore[arg-type]


def stored(database: Database, *events: Generation) -> Writer:
    """A writer, after it has stored calls."""
    writer = Writer(database)
    writer.generations([(batch(list(events)), verdicts(list(events)))])
    return writer


def test_pairs(database: Database) -> None:
    """Each request answered twice is one row, with both labels where people gave both."""
    first, second = answered_twice(3)
    writer = stored(database, *first, *second)
    writer.feedback([said(first[0], 0.0), said(second[0], 1.0), said(first[1], 1.0)])
    rows = paired_calls(database, START, UNTIL)
    assert len(rows) == 3
    labels = {(row["incumbent_bad"], row["candidate_bad"]) for row in rows}
    assert labels == {(0.0, 1.0), (1.0, None), (None, None)}
    assert {row["candidate_model"] for row in rows} == {"gpt-next"}


def test_order_of_labels(database: Database) -> None:
    """Pairs come in the order in which they were labelled, not called."""
    first, second = answered_twice(3)
    writer = stored(database, *first, *second)
    for place, at in ((2, 1), (0, 2), (1, 3)):
        moment = START + timedelta(days=at)
        writer.feedback([said(one, float(place == 2), at=moment) for one in (first[place], second[place])])
    assert [row["incumbent_bad"] for row in paired_calls(database, START, UNTIL)] == [1.0, 0.0, 0.0]


def test_several_people(database: Database) -> None:
    """Where people disagree about an answer, it is bad in part."""
    first, second = answered_twice(1)
    writer = stored(database, *first, *second)
    writer.feedback([said(first[0], 1.0), said(first[0], 0.0, at=UNTIL), said(second[0], 0.25)])
    row = paired_calls(database, START, UNTIL)[0]
    assert (row["incumbent_bad"], row["candidate_bad"]) == (0.5, 0.25)


def test_changed_mind(database: Database) -> None:
    """Of a person only the last word counts, so that a correction does not make an answer half bad."""
    first, second = answered_twice(1)
    writer = stored(database, *first, *second)
    ana, ben = {"person": "ana"}, {"person": "ben"}
    writer.feedback([said(first[0], 1.0, extra=ana), said(second[0], 1.0, extra=ana)])
    writer.feedback([said(first[0], 0.0, extra=ana, at=UNTIL), said(second[0], 0.0, extra=ben, at=UNTIL)])
    row = paired_calls(database, START, UNTIL)[0]
    assert (row["incumbent_bad"], row["candidate_bad"]) == (0.0, 0.5)


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "thumb"},  # volunteered, by those who complain
        {"by": "judge"},  # a score, never the truth
        {"name": "tone"},
        {"value": 7.0},
        {"tenant": "another"},
    ],
)
def test_no_labels(database: Database, other: dict[str, object]) -> None:
    """Thumbs, judges, other names, other tenants and values off the scale are no labels."""
    first, second = answered_twice(1)
    writer = stored(database, *first, *second)
    writer.feedback([said(first[0], 1.0), said(second[0], 1.0, **other)])
    assert [row["candidate_bad"] for row in paired_calls(database, START, UNTIL)] == [None]


def test_nobody_labels(database: Database) -> None:
    """Without a label on any call nothing is looked for."""
    first, second = answered_twice(1)
    stored(database, *first, *second)
    assert paired_calls(database, START, UNTIL) == []


def test_only_the_same_route(database: Database) -> None:
    """A call that names a call of another route or tenant is no pair."""
    first, second = answered_twice(2)
    writer = stored(database, *first, moved(second[0], route="other"), moved(second[1], tenant="other"))
    writer.feedback([said(first[0], 1.0)])
    assert paired_calls(database, START, UNTIL) == []
