"""`fmwatch shadow`: a candidate answers what the incumbent was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shlex import quote

import msgspec

from services.endpoint.answer import used
from services.endpoint.budget import usd
from services.shadow.answer import event
from services.shadow.asking import Document, Means, Model, Span, Tools, printed, tools
from services.shadow.desk import Desk
from services.shadow.ending import wished
from services.shadow.request import body
from services.shadow.run import Counts, Outcome, State, Task
from services.wall import now
from services.wiring import border
from store.pairs import Call, Draw, Drawn, Ids, Use
from stream.border import Border


@dataclass(frozen=True, slots=True)
class Asked:
    """What `fmwatch shadow` is asked to do; `pairs` is how many there should be in the end.

    Attributes
    ----------
    share : of the requests that go to this candidate, where several are asked
    """

    span: Span
    candidate: Model
    incumbent: Model | None
    pairs: int
    means: Means
    share: float | None = None


def run(data: Path, config_file: Path | None, asked: Asked, *, as_json: bool) -> int:
    """Ask, store, and say what came of it; 0 where there are as many pairs as were wanted."""
    with (
        tools(data, config_file, asked.span.route, asked.candidate, asked.means) as opened,
        wished() as ending,
    ):
        found = Shadow(asked, opened).run(ending)
    printed(found, _told(found, data), as_json=as_json)
    return 0 if found["pairs"] >= asked.pairs else 1


class Shadow:
    """One run of one comparison."""

    def __init__(self, asked: Asked, tools: Tools) -> None:
        self.asked = asked
        self._tools = tools
        self._border: Border = border(tools.config)

    def so_far(self, place: Desk, use: Use) -> tuple[int, int]:
        """Return how many pairs there are, and what they have cost in pico-USD."""
        journal, comparison = self._tools.journal, self._comparison(use)
        answered = {request for request, known in journal.claimed(comparison).items() if known}
        return len(answered | {*place.draw(self._draw(use, 0)).answered}), journal.spent(comparison)

    def _comparison(self, use: Use) -> str:
        span, candidate = self.asked.span, self.asked.candidate
        return "\n".join((use.tenant, span.route, f"{use.platform}/{use.model}", str(candidate)))

    def run(self, ending: Callable[[], bool]) -> Document:
        """Draw, ask and store; return what came of it. Once the end is wanted nothing is asked."""
        with self._tools.opened() as place:
            use = self.asked.span.use(place, self.asked.incumbent)
            comparison = self._comparison(use)
            work = self._tools.work("events", comparison, self.asked.means)
            work.store(place)
            claimed = self._tools.journal.claimed(comparison)
            drawn = place.draw(self._draw(use, self.asked.pairs + len(claimed)))
        before = {*drawn.answered, *(request for request, answered in claimed.items() if answered)}
        missing = max(self.asked.pairs - len(before), 0)
        requests = [request for request in drawn.ids if request not in claimed][:missing]
        state, counts = work.done(requests, partial(self._tasks, use), "asking", ending)
        lost = sum(not answered for answered in self._tools.journal.claimed(comparison).values())
        return {
            **self._document(use, drawn, counts, state, len(before)),
            "lost": lost,
            "spent_usd": usd(self._tools.journal.spent(comparison)),
            "cap_usd": self.asked.means.cap_usd,
        }

    def _draw(self, use: Use, limit: int) -> Draw:
        span = self.asked.span
        return Draw(
            use.tenant,
            span.route,
            span.since,
            span.until,
            use.platform,
            use.model,
            *self.asked.candidate,
            span.seed,
            limit,
        )

    def _tasks(self, use: Use, place: Desk, requests: Sequence[str]) -> list[Task]:
        found = {call.event_id: call for call in place.calls(Ids(use.tenant, list(requests)))}
        return [self._task(found[request]) for request in requests if request in found]

    def _task(self, call: Call) -> Task:
        means = self.asked.means
        sent = body(call, means.name or self.asked.candidate.model, means.most_tokens)
        size = len(msgspec.json.encode(sent["messages"]))
        most, refused = (
            self._tools.tariff.most(size, len(sent["messages"]), tokens) for tokens in (sent["max_tokens"], 0)
        )
        ask: Callable[[], Outcome] = partial(self._ask, call, sent, refused)
        return Task(call.event_id, most, ask)

    def _ask(self, call: Call, sent: Document, refused: int) -> Outcome:
        answer = self._tools.endpoint.ask(sent)
        fields = event(call, answer, sent, **self.asked.candidate._asdict(), at=now(), share=self.asked.share)
        line = self._border.admit(msgspec.json.encode(fields)).line  # redacted before it lies anywhere
        if answer.error_type:
            return Outcome(refused, line, answer.error_type, answer.message)  # some bill what they refuse
        return Outcome(self._tools.tariff.cost(used(answer)), line)

    def _document(self, use: Use, drawn: Drawn, counts: Counts, state: State, before: int) -> Document:
        pairs = before + counts.answered + sum(counts.refused.values())
        return {
            "tenant": use.tenant,
            "route": self.asked.span.route,
            "incumbent": f"{use.platform}/{use.model}",
            "candidate": str(self.asked.candidate),
            "state": "no_more_calls" if state == "done" and pairs < self.asked.pairs else state,
            "wanted": self.asked.pairs,
            "pairs": pairs,
            "before": before,
            "asked": counts.asked,
            "answered": counts.answered,
            "refused": counts.refused,
            "calls": sum(drawn.left_out.values()),
            "left_out": {why: n for why, n in drawn.left_out.items() if why},
        }


_STATES = {
    "done": "",
    "cap": "The next request could pass the cap: raise --usd, and the same command goes on.",
    "interrupted": "Interrupted; the same command goes on where this one was.",
    "no_more_calls": "There are no more calls that can be asked again: --from takes older ones.",
}


def _told(found: Document, data: Path) -> Iterator[str]:
    yield (
        f"{found['candidate']} has answered {found['pairs']:,} of {found['wanted']:,} requests to "
        f"{found['incumbent']} on {found['route']}, {found['answered']:,} of them now"
    )
    for why, n in found["refused"].items():
        yield f"  refused by the endpoint: {n:,} ({why}); stored as failed calls of the candidate"
    if found["lost"]:
        yield f"  under way when a run was killed: {found['lost']:,}; not asked again, counted at their most"
    for why, n in found["left_out"].items():
        yield f"  cannot be asked again: {n:,} calls ({why.replace('_', ' ')})"
    yield f"  spent {found['spent_usd']:.4f} of {found['cap_usd']:g} USD, all runs together"
    if said := _STATES[found["state"]]:
        yield said
    yield f"{labelling(found['route'], data)}   lets people judge the pairs"


def labelling(route: str, data: Path) -> str:
    """Return what comes next, as a line that a shell takes whatever the names are."""
    return f"Next  fmwatch label --route {quote(route)} --data {quote(str(data))}"
