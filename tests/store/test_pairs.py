from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

from fmwatch.event import Feedback, Generation, Message, Request, Usage

from detectors.testing import generation
from store import pairs
from store.database import Database
from store.labels import BAD_LABEL, PAIR_TAG, judged_by, paired_calls
from store.pairs import Compared, Draw, Ids, Pair, Route
from store.writer import Writer
from tests.store.fleet import START, batch, verdicts

UNTIL = START + timedelta(days=1)


def call(n: int, **changed: Any) -> Generation:
    """The nth call of the incumbent."""
    fields: dict[str, Any] = {
        "event_id": f"call-{n}",
        "occurred_at": START + timedelta(seconds=n),
        "route": "r",
        "request_model": "old",
        "prompt": f"question {n}",
        "response": f"answer {n}",
    }
    return generation(**fields | changed)


def again(one: Generation, model: str = "new") -> Generation:
    """The candidate's answer to it."""
    return replace(
        one,
        event_id=f"{model}-{one.event_id}",
        request_model=model,
        tags={PAIR_TAG: one.event_id},
        occurred_at=one.occurred_at + timedelta(hours=1),
    )


def stored(database: Database, *events: Generation) -> Writer:
    """A writer, after it has stored calls."""
    writer = Writer(database)
    assert writer.generations([(batch(list(events)), verdicts(list(events)))]) == []
    return writer


def drawn(database: Database, seed: str = "1", limit: int = 1_000) -> pairs.Drawn:
    """A draw of the incumbent's calls for the candidate."""
    wanted = Draw("default", "r", START, UNTIL, "openai", "old", "openai", "new", seed, limit)
    return pairs.draw(database, wanted)


def compared(seed: str = "1", model: str = "") -> Compared:
    """The pairs of a day."""
    return Compared("default", "r", START, UNTIL, seed, "openai" if model else "", model)


def test_draw(database: Database) -> None:
    """The same seed draws the same calls, another seed others, a larger draw holds the smaller one."""
    stored(database, *(call(n) for n in range(200)))
    first = drawn(database, limit=50).ids
    assert drawn(database, limit=50).ids == first
    assert drawn(database, limit=80).ids[:50] == first
    assert len(set(first)) == 50
    assert set(drawn(database, "2", 50).ids) != set(first)


def test_draw_is_fair(database: Database) -> None:
    """Over many seeds each call is drawn about as often as any other."""
    stored(database, *(call(n) for n in range(20)))
    often = Counter(one for seed in range(200) for one in drawn(database, str(seed), 5).ids)
    assert len(often) == 20
    assert min(often.values()) > 25  # 50 expected, standard deviation 6
    assert max(often.values()) < 75


def test_left_out(database: Database) -> None:
    """What cannot be asked again as it was is left out, and counted by its reason."""
    stored(
        database,
        call(0),
        call(1, error_type="timeout"),
        call(2, prompt=""),
        call(3, response=""),
        call(4, truncated=True),
        call(5, tool_calls=({"name": "look"},)),
        call(6, messages=(Message("user", "q"), Message("tool", "{}"))),
        call(7, usage=Usage(images=1)),
        call(8, operation="embeddings"),
        call(9, messages=(Message("user", 'says "role":"tool" in words'),)),
        call(10, request_model="third"),
        call(11, route="other"),
        call(12, tenant="stranger"),
        call(13, occurred_at=UNTIL),
    )
    found = drawn(database)
    assert set(found.ids) == {"call-0", "call-9"}
    assert found.left_out == {
        "": 2,
        "failed": 1,
        "no_prompt_stored": 1,
        "no_answer_stored": 1,
        "prompt_cut": 1,
        "tools": 2,
        "images_or_audio": 1,
        "other_operation": 1,
    }


def test_answered_is_not_drawn(database: Database) -> None:
    """What the candidate has answered, and second answers themselves, are not drawn."""
    first = [call(n) for n in range(4)]
    stored(database, *first, again(first[1]), again(first[2], "third"), again(first[3], "old"))
    found = drawn(database)
    assert set(found.ids) == {"call-0", "call-2", "call-3"}
    assert found.answered == ["call-1"]


def test_uses(database: Database) -> None:
    """Models that applications call on a route, the most used first; a candidate's answers are none."""
    stored(
        database,
        *(call(n) for n in range(3)),
        call(3, request_model="third"),
        *(again(call(n)) for n in range(3)),
    )
    found = pairs.uses(database, Route("r", START, UNTIL))
    assert [(one.model, one.n) for one in found] == [("old", 3), ("third", 1)]
    assert found[0].newest == START + timedelta(seconds=2)
    assert pairs.uses(database, Route("r", START, UNTIL, "stranger")) == []


def test_calls(database: Database) -> None:
    """A call comes back with what it takes to ask it again."""
    stored(
        database,
        call(
            1,
            prompt="",
            messages=(Message("system", "Be brief."), Message("user", "Hé?")),
            context=["one", "two"],
            request=Request(temperature=0.5, max_tokens=70),
            user_hash="u1",
        ),
        call(2),
    )
    (found,) = pairs.calls(database, Ids("default", ["call-1", "nobody"]))
    assert found.messages == '[{"content":"Be brief.","role":"system"},{"content":"Hé?","role":"user"}]'
    assert (found.context, found.request_temperature, found.request_max_tokens) == (["one", "two"], 0.5, 70)
    assert found.user_hash == "u1"
    assert pairs.calls(database, Ids("stranger", ["call-1"])) == []


def test_pairs(database: Database) -> None:
    """Pairs come in an order that the seed shuffles, of one candidate or of all."""
    first = [call(n) for n in range(30)]
    stored(database, *first, *(again(one) for one in first), again(first[0], "third"))
    found = pairs.pairs(database, compared(model="new"))
    assert {(one.first, one.second) for one in found} == {
        (one.event_id, f"new-{one.event_id}") for one in first
    }
    assert pairs.pairs(database, compared(model="new")) == found
    assert pairs.pairs(database, compared("2", "new")) != found
    assert len(pairs.pairs(database, compared())) == 31


def test_same_id(database: Database) -> None:
    """A pair of whose calls one shares its id with another call comes once."""
    first = call(1)
    stored(database, first, replace(first, occurred_at=first.occurred_at + timedelta(hours=3)), again(first))
    assert pairs.pairs(database, compared()) == [Pair("call-1", "new-call-1")]


def test_said(database: Database) -> None:
    """Labels of people on both answers and scores of judges come back, with who said it."""
    first = call(1)
    writer = stored(database, first, again(first), call(2))
    label = Feedback(event_id="call-1", kind="label", name=BAD_LABEL, value=True, at=START)
    name = judged_by("openai/j", "1")
    writer.feedback(
        [
            replace(label, extra={"person": "ana"}),
            replace(label, event_id="new-call-1", value=0.25, at=START + timedelta(seconds=1)),
            replace(label, event_id="new-call-1", kind="score", name=name, by="judge", value=-0.5, at=UNTIL),
            replace(label, event_id="call-2"),
            replace(label, kind="thumb"),
        ]
    )
    found = [
        (one.event_id, one.name, one.by, one.value, one.person) for one in pairs.said(database, compared())
    ]
    assert found == [
        ("call-1", BAD_LABEL, "human", 1.0, "ana"),
        ("new-call-1", BAD_LABEL, "human", 0.25, ""),
        ("new-call-1", name, "judge", -0.5, ""),
    ]


def test_verdicts_beside_labels(database: Database) -> None:
    """The advisor reads what each judge said of a pair; the newest word of the same judge counts."""
    first = call(1)
    writer = stored(database, first, again(first), call(2), again(call(2)))
    name, other = judged_by("openai/j", "1"), judged_by("openai/k", "1")
    score = Feedback(event_id="new-call-1", kind="score", name=name, by="judge", value=1.0, at=START)
    writer.feedback(
        [
            score,
            replace(score, value=-0.5, at=UNTIL),
            replace(score, name=other, value=0.0),
            replace(score, name="pair:of a person", by="human"),
            replace(score, name=judged_by("openai/wild", "1"), value=7.0),
            Feedback(event_id="call-1", kind="label", name=BAD_LABEL, value=True, at=START),
        ]
    )
    rows = paired_calls(database, START, UNTIL)
    judged = {row["candidate_bad"] is None and row["incumbent_bad"]: row["judged"] for row in rows}
    assert judged == {1.0: {name: -0.5, other: 0.0}, None: {}}
