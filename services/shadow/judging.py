"""`fmwatch judge`: a model compares the answers of pairs, in both orders."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from services.endpoint.answer import used
from services.endpoint.budget import usd
from services.endpoint.errors import EndpointError
from services.shadow.asking import Document, Means, Model, Span, Tools, printed, tools
from services.shadow.desk import Desk
from services.shadow.ending import wished
from services.shadow.judge import RUBRIC, Verdict, free_mark, heard, question, shown, verdict
from services.shadow.run import Counts, Outcome, State, Task
from services.wall import now
from services.wiring import border
from store.labels import judged_by
from store.pairs import Call, Ids, Pair
from stream.border import Border
from stream.importers import content


@dataclass(frozen=True, slots=True)
class Asked:
    """What `fmwatch judge` is asked to do; `pairs` is how many in the end; None is all there are."""

    span: Span
    candidate: Model
    judge: Model
    pairs: int | None
    means: Means


def run(data: Path, config_file: Path | None, asked: Asked, *, as_json: bool) -> int:
    """Ask, store, and say what came of it; 0 where as many pairs are judged as were wanted."""
    with tools(data, config_file, asked.span.route, asked.judge, asked.means) as opened:
        found = Judging(asked, opened).run()
    printed(found, _told(found), as_json=as_json)
    return 0 if found["judged"] >= found["wanted"] else 1


class Judging:
    """One run of one judge over one comparison. Pairs are taken in an order that knows nothing of them."""

    def __init__(self, asked: Asked, tools: Tools) -> None:
        self.asked = asked
        self.reasons: list[str] = []  # appended to from several threads
        self._name = judged_by(str(asked.judge), RUBRIC)
        self._tools = tools
        self._border: Border = border(tools.config)

    def run(self) -> Document:
        """Judge and store; return what came of it."""
        asked = self.asked
        with self._tools.opened() as place:
            tenant = asked.span.whose(place)
            comparison = "\n".join((tenant, asked.span.route, str(asked.candidate), self._name))
            work = self._tools.work("feedback", comparison, asked.means)
            work.store(place)
            compared = asked.span.compared(tenant, asked.candidate)
            pairs = {pair.second: pair for pair in place.pairs(compared)}
            stored = {one.event_id for one in place.said(compared) if one.name == self._name}
        claimed = self._tools.journal.claimed(comparison)
        before = stored | {second for second, answered in claimed.items() if answered}
        missing = max((len(pairs) if asked.pairs is None else asked.pairs) - len(before), 0)
        free = [second for second in pairs if second not in before and second not in claimed]
        with wished() as ending:
            state, counts = work.done(free[:missing], partial(self._tasks, tenant, pairs), "judging", ending)
        return {
            **self._document(tenant, len(pairs), len(before), counts, state),
            "spent_usd": usd(self._tools.journal.spent(comparison)),
            "cap_usd": asked.means.cap_usd,
        }

    def _tasks(self, tenant: str, pairs: dict[str, Pair], place: Desk, seconds: Sequence[str]) -> list[Task]:
        ids = [one for second in seconds for one in (pairs[second].first, second)]
        calls = {call.event_id: call for call in place.calls(Ids(tenant, ids))}
        return [
            self._task(calls[pairs[second].first], calls[second])
            for second in seconds
            if pairs[second].first in calls and second in calls
        ]

    def _task(self, first: Call, second: Call) -> Task:
        means = self.asked.means
        texts = (shown(first), shown(second))
        everything = [first.prompt, first.messages, *first.context, *texts]
        mark = free_mark(everything, iter(lambda: f"V{secrets.token_hex(6).upper()}", ""))
        model = means.name or self.asked.judge.model
        orders = [
            question(first, *order, mark=mark, model=model, most_tokens=means.most_tokens)
            for order in (texts, texts[::-1])
        ]
        most = sum(self._most(sent, means.most_tokens) for sent in orders)
        return Task(second.event_id, most, partial(self._ask, second, mark, orders))

    def _most(self, sent: Document, tokens: int) -> int:
        size, turns = len(msgspec.json.encode(sent["messages"])), len(sent["messages"])
        return self._tools.tariff.most(size, turns, tokens)

    def _ask(self, second: Call, mark: str, orders: Sequence[Document]) -> Outcome:
        judged: list[float | None] = []
        cost: int | None = 0
        for sent in orders:
            try:
                answer = self._tools.endpoint.ask(sent)
            except EndpointError as error:
                error.paid = error.paid or bool(judged)
                raise
            if answer.error_type and not judged:
                line = self._line(second, verdict(None, None))
                return Outcome(self._most(sent, 0), line, answer.error_type, answer.message)
            said = str(content.answered(answer.body).get("response", "")) if answer.body else ""
            judged.append(heard(said, mark))
            one = self._tools.tariff.cost(used(answer))
            cost = None if cost is None or one is None else cost + one
        both = verdict(judged[0], judged[1])
        self.reasons.append(both.reason)
        return Outcome(cost, self._line(second, both))

    def _line(self, second: Call, both: Verdict) -> bytes:
        """Return the verdict as feedback on the candidate's answer."""
        fields = {
            "type": "feedback",
            "event_id": second.event_id,
            "tenant": second.tenant,
            "kind": "score",
            "name": self._name,
            "value": both.worse,
            "by": "judge",
            "at": now().isoformat(),
            "reason": both.reason,
        }
        return self._border.admit(msgspec.json.encode(fields), kind="feedback").line

    def _document(self, tenant: str, pairs: int, before: int, counts: Counts, state: State) -> Document:
        judged = before + counts.answered + sum(counts.refused.values())
        wanted = pairs if self.asked.pairs is None else self.asked.pairs
        reasons = Counter(self.reasons)
        return {
            "tenant": tenant,
            "route": self.asked.span.route,
            "candidate": str(self.asked.candidate),
            "judge": str(self.asked.judge),
            "rubric": RUBRIC,
            "state": "no_more_pairs" if state == "done" and judged < wanted else state,
            "wanted": wanted,
            "pairs": pairs,
            "judged": judged,
            "before": before,
            "now": {name: reasons[name] for name in ("agreed", "inconsistent", "unreadable")},
            "refused": counts.refused,
        }


_STATES = {
    "done": "",
    "cap": "The next pair could pass the cap: raise --usd, and the same command goes on.",
    "interrupted": "Interrupted; the same command goes on where this one was.",
    "no_more_pairs": "There are no more pairs: fmwatch shadow makes them.",
}


def _told(found: Document) -> Iterator[str]:
    yield (
        f"{found['judge']} has judged {found['judged']:,} of {found['pairs']:,} pairs of "
        f"{found['candidate']} on {found['route']}, in both orders"
    )
    now_ = found["now"]
    yield (
        f"  now: {now_['agreed']:,} judged, {now_['inconsistent']:,} abstained because the orders contradict "
        f"each other, {now_['unreadable']:,} because there was no verdict in its words"
    )
    for why, n in found["refused"].items():
        yield f"  refused by the endpoint: {n:,} ({why}); abstained"
    yield f"  spent {found['spent_usd']:.4f} of {found['cap_usd']:g} USD, all runs together"
    if said := _STATES[found["state"]]:
        yield said
    yield "A verdict is a score, never a label: it makes labels go further, and alone decides nothing."
