"""What every scorer must do, whatever it judges: checks to run over a scorer the moment it exists.

>>> from detectors import registry, suite
>>> from detectors.scorers.outcome import Outcome
>>> for check in suite.CHECKS:
...     check(Outcome(), registry.encoder())
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import numpy as np
from fmwatch.event import Generation, Message, Usage

from detectors.base import NOT_ASSESSABLE, Column, Scorer
from detectors.batch import Batch, Encoder
from detectors.testing import generation, generations

Check = Callable[[Scorer, Encoder], None]

# The ledger knows why it has no number: a missing price is not a call that needs none.
WITHOUT_SCORE = frozenset({NOT_ASSESSABLE, "unpriced"})
LONGEST_TEXT = 64 * 1024


class NonconformityError(AssertionError):
    """A scorer breaks a promise that the step and the store rely on."""


def named(scorer: Scorer, encoder: Encoder) -> None:
    """Name and version are words, and the verdict carries them."""
    column = scorer.score(Batch([generation()], encoder))
    _require(bool(scorer.name and scorer.version), "name and version must not be empty")
    _require(
        (column.name, column.version) == (scorer.name, scorer.version), "the verdict names another scorer"
    )


def complete(scorer: Scorer, encoder: Encoder) -> None:
    """There is one verdict per event, also for a batch of none."""
    for events in (ordinary(), [], hostile()):
        column = scorer.score(Batch(events, encoder))
        _require(column.score.shape == (len(events),), "scores must be as many as events")
        _require(column.score.dtype == np.float32, "scores must be float32")
        lengths = {len(column.label), *(len(part) for part in column.parts.values())}
        _require(lengths == {len(events)}, "labels and parts must be as many as events")
        _require(all(isinstance(label, str) and label for label in column.label), "labels must be words")


def honest(scorer: Scorer, encoder: Encoder) -> None:
    """What cannot be judged has no score and says so; what has no score says why."""
    column = scorer.score(Batch([*ordinary(), *hostile()], encoder))
    for score, label in zip(column.score.tolist(), column.label, strict=True):
        _require(label != NOT_ASSESSABLE or np.isnan(score), f"{score} is a score, yet not assessable")
        _require(not np.isnan(score) or label in WITHOUT_SCORE, f"no score, yet labelled {label}")


def ordered(scorer: Scorer, encoder: Encoder) -> None:
    """Verdicts stand in the order of the events."""
    events = [*ordinary(), *hostile()]
    forwards = _verdicts(scorer, encoder, events)
    _require(forwards == _verdicts(scorer, encoder, events[::-1])[::-1], "verdicts depend on the order")


def pure(scorer: Scorer, encoder: Encoder) -> None:
    """The same events give the same verdicts: again, and cut into batches anywhere."""
    events = [*ordinary(), *hostile()]
    whole = _verdicts(scorer, encoder, events)
    _require(whole == _verdicts(scorer, encoder, events), "the second time gave other verdicts")
    for at in range(len(events)):
        parts = _verdicts(scorer, encoder, events[:at]) + _verdicts(scorer, encoder, events[at:])
        _require(whole == parts, f"a cut before event {at} gave other verdicts")


def harmless(scorer: Scorer, encoder: Encoder) -> None:
    """Events and shared columns are left as they were."""
    batch = Batch([*ordinary(), *hostile()], encoder)
    events, prompts = copy.deepcopy(list(batch.events)), batch.prompt_embedding.copy()
    split = copy.deepcopy(batch.response_words)
    scorer.score(batch)
    _require(events == list(batch.events), "the events were changed")
    _require(np.array_equal(prompts, batch.prompt_embedding), "the embeddings were changed")
    _require(split == batch.response_words, "the words were changed")


def plain_spoken(scorer: Scorer, encoder: Encoder) -> None:
    """An explanation is one sentence or nothing; asking for it never fails."""
    column = scorer.score(Batch([*ordinary(), *hostile()], encoder))
    for index in range(len(column.label)):
        sentence = column.explain(index)
        _require(sentence is None or bool(sentence.strip()), "an explanation must say something")


CHECKS: Sequence[Check] = (named, complete, honest, ordered, pure, harmless, plain_spoken)


def ordinary() -> list[Generation]:
    """Return calls as they come in every day."""
    grounded = "The library opens at nine and closes at six. It is closed on Sundays."
    return [
        generation(usage=Usage(input=900, output=80)),
        generation(prompt="When does the library open?", response="It opens at nine.", context=[grounded]),
        generation(
            prompt="When does it open?", response="It opens at seven and sells tea.", context=[grounded]
        ),
        generation(response="I'm sorry, but I can't help with that.", usage=Usage()),
        generation(prompt="Wie setze ich mein Passwort zurück?", response="Öffnen Sie die Einstellungen."),
        generation(response="", error_type="timeout", finish_reason="error"),
        generation(response="", finish_reason="length", usage=Usage(input=10, output=0)),
        generation(response="", tool_calls=({"name": "search"},), finish_reason="tool_calls"),
        generation(prompt="", messages=(Message("user", "Hello"), Message("assistant", "Hi"))),
        generation(response="Write to ada@example.com.", request_model="no-such-model"),
        generation(operation="embeddings", response="", prompt="a text to embed"),
        *generations(3, prompt="", response=""),
    ]


def hostile() -> list[Generation]:
    """Return calls with texts that nobody means well with."""
    texts = [
        "\0",
        " \t\n ",
        "null \0 byte",
        "lone surrogate \ud800 here",
        "🙂" * 300,
        "👩‍👩‍👧‍👦 family",
        "\u202eright to left\u202c, then שלום ومرحبا",
        "a" * LONGEST_TEXT,
        "word " * (LONGEST_TEXT // 5),
        "é" * (LONGEST_TEXT // 2),
        "(" * 5_000 + ")" * 5_000,
        "<script>alert(1)</script> '; DROP TABLE generations; --",
        "1 2 3 4 5 6 7 8 9 0",
        "汉字" * 500,
        "x_y__z" * 100,
        "e\u0301" * 200,
    ]
    return [generation(prompt=text, response=text, context=[text, ""]) for text in texts]


def _verdicts(scorer: Scorer, encoder: Encoder, events: Sequence[Generation]) -> list[tuple[object, ...]]:
    column = scorer.score(Batch(events, encoder))
    return [_verdict(column, index) for index in range(len(events))]


def _verdict(column: Column, index: int) -> tuple[object, ...]:
    parts = {name: repr(part[index]) for name, part in column.parts.items()}
    return column.score[index].tobytes(), column.label[index], sorted(parts.items()), column.explain(index)


def _require(kept: bool, otherwise: str) -> None:
    if not kept:
        raise NonconformityError(otherwise)
