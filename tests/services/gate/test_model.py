"""A gate that asks for the answers that its set lacks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Self

import pytest

from detectors.price_rows import DatedPrice
from detectors.prices import PriceBook
from services.endpoint.budget import Budget, pico, usd
from services.endpoint.endpoint import OTHER_LIMIT, Endpoint
from services.endpoint.errors import EndpointAway, EndpointError
from services.endpoint.pace import Pace
from services.endpoint.tariff import Tariff
from services.fake_provider.reply import Reply, Spent
from services.fake_provider.testing import FakeProvider
from services.gate.asked import Sides, asked
from services.gate.errors import GateError
from services.gate.golden import Case, Turn
from services.gate.graders import check
from services.gate.model import MOST_TOKENS, Model
from services.gate.verdict import Terms

BOOK = PriceBook(
    [
        DatedPrice("own", "m", buckets={"input": 1, "output": 4}),
        DatedPrice("own", "m", buckets={"input": 2, "output": 8}, above_input_tokens=900),
    ]
)


@pytest.fixture(scope="module")
def server() -> Iterator[FakeProvider]:
    """A provider behind a local port."""
    with FakeProvider() as found:
        yield found


@pytest.fixture
def provider(server: FakeProvider) -> FakeProvider:
    """The provider, asked nothing yet."""
    server.reply = Reply("Five days.", spent=Spent(input=1_000, output=500))
    server.asked.clear()
    server.headers.clear()
    return server


class Asked:
    """The model behind the provider, which waits for nothing."""

    def __init__(self, provider: FakeProvider, cap_usd: float = 1.0, timeout_s: float = 60.0) -> None:
        self.budget = Budget(pico(cap_usd))
        pace = Pace(1e9, clock=lambda: 0.0, sleep=lambda _: None)
        self._endpoint = Endpoint(
            provider.openai_url,
            "secret",
            pace,
            timeout_s=timeout_s,
            other_names=OTHER_LIMIT,
            sleep=lambda _: None,
        )
        tariff = Tariff(BOOK, "own", "m", datetime(2026, 8, 20, tzinfo=UTC))
        self.model = Model("m", self._endpoint, tariff, self.budget)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._endpoint.close()


def test_answer(provider: FakeProvider) -> None:
    """The answer comes with what so long an input costs; the line has settings, but not whom it asks."""
    case = Case(
        messages=(Turn("system", "Be short."), Turn("user", "How long?")),
        request={"temperature": 0, "model": "other", "stream": True},
    )
    with Asked(provider) as one:
        answer = one.model.answer(case)
    assert answer is not None
    assert (answer.response, answer.finish_reason) == ("Five days.", "stop")
    assert answer.cost_usd == pytest.approx(0.006)
    assert usd(one.budget.spent) == pytest.approx(0.006)
    assert provider.asked == [
        {
            "model": "m",
            "messages": [
                {"role": "system", "content": "Be short."},
                {"role": "user", "content": "How long?"},
            ],
            "temperature": 0,
            "max_completion_tokens": MOST_TOKENS,
        }
    ]
    assert provider.headers[0]["authorization"] == "Bearer secret"


def cases(n: int, expected: str) -> list[Case]:
    """Questions whose known answer is right."""
    return [
        Case(id=str(number), prompt="How long?", expected=expected, incumbent=expected) for number in range(n)
    ]


def test_cap(provider: FakeProvider) -> None:
    """What could pass the cap is not asked: the dearest answer of 2,048 tokens is .0084 USD."""
    some = cases(99, "Five days.")
    checks = {case.id: check(case) for case in some}
    with Asked(provider, cap_usd=0.03) as one:
        judged, planned, capped = asked(
            Sides.of(some, {}, {"candidate": one.model}), some, checks, Terms(0.02)
        )
    assert (capped, planned) == (True, 99)
    assert len(provider.asked) == sum(case.candidate is not None for case in judged)
    assert 0.02 < usd(one.budget.spent) <= 0.03


def test_stops_early(provider: FakeProvider) -> None:
    """A look that settles it ends the asking: a candidate that is always wrong is known after an eighth."""
    some = cases(320, "Six days.")
    checks = {case.id: check(case) for case in some}
    with Asked(provider, cap_usd=10.0) as one:
        judged, planned, capped = asked(
            Sides.of(some, {}, {"candidate": one.model}), some, checks, Terms(0.02)
        )
    assert (len(provider.asked), planned, capped) == (20, 320, False)
    assert sum(one.paired for one in judged) == 20


def test_lost(provider: FakeProvider) -> None:
    """An answer that got lost may be billed: it counts at its most, and the line is asked again."""
    provider.next(Reply(status=504), Reply("Yes."))
    with Asked(provider) as one:
        answer = one.model.answer(Case(prompt="?"))
    assert answer is not None
    assert answer.response == "Yes."
    assert len(provider.asked) == 2
    assert usd(one.budget.spent) > 4 * MOST_TOKENS / 1e6 > (answer.cost_usd or 0)


@pytest.mark.parametrize(("cap_usd", "tries"), [(1.0, 3), (0.01, 1)])
def test_lost_again(provider: FakeProvider, cap_usd: float, tries: int) -> None:
    """It is asked thrice, and never past the cap."""
    provider.reply = Reply(status=504)
    with Asked(provider, cap_usd) as one:
        if tries == 1:
            assert one.model.answer(Case(prompt="?")) is None
        else:
            with pytest.raises(EndpointAway, match="at its most"):
                one.model.answer(Case(prompt="?"))
    assert len(provider.asked) == tries
    assert 0 < usd(one.budget.spent) <= cap_usd


def test_away(provider: FakeProvider) -> None:
    """A provider that takes nothing is away, and has cost nothing."""
    provider.reply = Reply(status=500, text="overloaded")
    with Asked(provider) as one, pytest.raises(EndpointAway, match="500 overloaded"):
        one.model.answer(Case(prompt="?"))
    assert one.budget.spent == 0


def test_refused(provider: FakeProvider) -> None:
    """A wrong key or request is the user's to mend; what a filter stops is a bad answer."""
    odd = "Unrecognized request argument: safety_identifier"
    provider.next(Reply(status=400, text=odd), Reply(status=401, text="no such key"))
    provider.next(Reply(status=400, text="stopped by content_filter"))
    with Asked(provider) as one:
        with pytest.raises(GateError, match=f"line 'x'.*{odd}"):
            one.model.answer(Case(id="x", prompt="?"))
        with pytest.raises(EndpointError, match="does not know this key"):
            one.model.answer(Case(id="x", prompt="?"))
        answer = one.model.answer(Case(prompt="?"))
    assert answer is not None
    assert answer.error_type == "content_filter"
    assert 0 < usd(one.budget.spent) < 0.001


@pytest.mark.parametrize(
    ("asking", "said"),
    [
        ({"service_tier": "priority"}, "leave service_tier out"),
        ({"max_tokens": "many"}, "max_tokens of its request is a number of tokens"),
        ({"max_completion_tokens": 0}, "from 1 up"),
    ],
)
def test_no_cap_holds(provider: FakeProvider, asking: dict[str, object], said: str) -> None:
    """What a line asks for at another price, or without a limit, is refused by name and never sent."""
    with Asked(provider) as one, pytest.raises(GateError, match=said):
        one.model.answer(Case(id="x", prompt="?", request=asking))
    assert provider.asked == []
