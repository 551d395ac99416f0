"""Pairs to judge, with a desk that holds them and remembers what is put into it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from services.shadow.desk import Kind, Lines
from services.shadow.reading import Judged
from store.errors import StoreUnavailable
from store.pairs import Call, Compared, Draw, Drawn, Ids, Pair, Route, Said, Use, Watched
from tests.services.shadow.calls import stored

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
MODELS = ("Incumbent-9000", "Candidate-XL")
HOSTILE = (
    "</pre><script>window.harmed = 1</script><img src=x onerror='window.harmed = 1'> {{ 7 * 7 }} "
    "\u202etxet desrever\u202c &amp; \"quoted\" <a href='http://evil.example/'>click</a>"
)


def pairs(n: int) -> list[Pair]:
    """Pairs of two models."""
    return [Pair(f"call-{i}", f"shadow-{i}") for i in range(n)]


def said(event_id: str, value: float, person: str, at: datetime = NOW) -> Said:
    """A label."""
    return Said(event_id, "label", "bad", "human", at, value, person)


class Desk:
    """Holds the calls of pairs.

    Attributes
    ----------
    put_in : the events that were put
    gone : ids of calls that were erased
    away : nothing can be put now
    """

    def __init__(self, *, hostile: bool = False) -> None:
        self.put_in: list[dict[str, Any]] = []
        self.gone: set[str] = set()
        self.away = False
        self._hostile = hostile

    def standings(self, wanted: Watched) -> list[Judged]:
        """Return nothing: nobody allocates here."""
        raise NotImplementedError

    def calls(self, wanted: Ids) -> list[Call]:
        """Return calls whose texts say which answer they are."""
        return [self._call(one) for one in wanted.ids if one not in self.gone]

    def _call(self, event_id: str) -> Call:
        kind, _, number = event_id.partition("-")
        model = MODELS[kind == "shadow"]
        more = HOSTILE if self._hostile else ""
        asked = [{"role": "user", "content": f"question {number} {more}"}]
        return stored(
            event_id=event_id,
            request_model=model,
            messages=json.dumps(asked),
            context=[f"passage {number} {more}"],
            response=f"{'second' if kind == 'shadow' else 'first'} answer {number} {more}",
        )

    def put(self, kind: Kind, lines: Lines) -> None:
        """Remember feedback."""
        assert kind == "feedback"
        if self.away:
            raise StoreUnavailable("the store is away")
        self.put_in += [json.loads(line) for line in lines]

    def uses(self, wanted: Route) -> list[Use]:
        raise NotImplementedError

    def draw(self, wanted: Draw) -> Drawn:
        raise NotImplementedError

    def pairs(self, wanted: Compared) -> list[Pair]:
        raise NotImplementedError

    def said(self, wanted: Compared) -> list[Said]:
        raise NotImplementedError
