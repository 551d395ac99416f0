from __future__ import annotations

from collections.abc import Iterator

import pytest

from detectors.rates import Rates
from services.fake_provider.reply import Reply, Spent
from services.fake_provider.testing import FakeProvider
from services.gate.asked import Sides, asked
from services.gate.endpoint import MOST_TOKENS, Endpoint, Purse
from services.gate.errors import EndpointAway, GateError
from services.gate.golden import Case, Turn
from services.gate.graders import check
from services.gate.verdict import Terms

RATES = Rates("contract", "2026-01-01", input=1_000_000, output=4_000_000)  # 1 and 4 USD per million


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    """A provider behind a local port."""
    with FakeProvider(reply=Reply("Five days.", spent=Spent(input=1_000, output=500))) as found:
        yield found


def endpoint(provider: FakeProvider, cap_usd: float = 1.0, slept: list[float] | None = None) -> Endpoint:
    """Return the model behind the provider, which waits for nothing."""
    waits = [] if slept is None else slept
    return Endpoint(
        provider.openai_url, "gpt-5.4-mini", RATES, Purse(cap_usd), key="secret", sleep=waits.append
    )


def test_answer(provider: FakeProvider) -> None:
    """The answer comes with what it cost; the line's own settings go along, but not whom it asks."""
    one = endpoint(provider)
    case = Case(
        messages=(Turn("system", "Be short."), Turn("user", "How long?")),
        request={"temperature": 0, "model": "other", "stream": True},
    )
    answer = one.answer(case)
    one.close()
    assert (answer.response, answer.finish_reason) == ("Five days.", "stop")
    assert answer.cost_usd == pytest.approx(0.003)
    assert one.purse.spent_usd == pytest.approx(0.003)
    assert provider.asked == [
        {
            "model": "gpt-5.4-mini",
            "messages": [
                {"role": "system", "content": "Be short."},
                {"role": "user", "content": "How long?"},
            ],
            "temperature": 0,
            "max_completion_tokens": MOST_TOKENS,
        }
    ]
    assert provider.headers[0]["authorization"] == "Bearer secret"


def test_cap(provider: FakeProvider) -> None:
    """What could pass the cap is not asked: the dearest answer of 2,048 tokens is .0083 USD."""
    one = endpoint(provider, cap_usd=0.02)
    cases = [
        Case(id=str(n), prompt="How long?", expected="Five days.", incumbent="Five days.") for n in range(99)
    ]
    checks = {case.id: check(case) for case in cases}
    judged, planned, capped = asked(Sides.of(cases, {}, {"candidate": one}), cases, checks, Terms(0.02))
    one.close()
    assert capped
    assert planned == 99
    assert len(provider.asked) == sum(case.candidate is not None for case in judged)
    assert 0.01 < one.purse.spent_usd <= 0.02


def test_stops_early(provider: FakeProvider) -> None:
    """A look that settles it ends the asking: a candidate that is always wrong is known after an eighth."""
    one = endpoint(provider)
    cases = [
        Case(id=str(n), prompt="How long?", expected="Six days.", incumbent="Six days.") for n in range(320)
    ]
    checks = {case.id: check(case) for case in cases}
    judged, planned, capped = asked(Sides.of(cases, {}, {"candidate": one}), cases, checks, Terms(0.02))
    one.close()
    assert (len(provider.asked), planned, capped) == (20, 320, False)
    assert sum(one.paired for one in judged) == 20


def test_tries_again(provider: FakeProvider) -> None:
    """A provider that is busy is asked again when it says, one that fails after some seconds."""
    slept: list[float] = []
    provider.next(Reply(status=429, retry_after_s=7), Reply(status=500), Reply("Yes."))
    one = endpoint(provider, slept=slept)
    assert one.answer(Case(prompt="?")).response == "Yes."
    one.close()
    assert slept == [7.0, 2.0]


def test_away(provider: FakeProvider) -> None:
    """A provider that keeps failing is away."""
    provider.next(*[Reply(status=500, text="overloaded")] * 4)
    one = endpoint(provider)
    with pytest.raises(EndpointAway, match="500 overloaded"):
        one.answer(Case(prompt="?"))
    one.close()


def test_refused(provider: FakeProvider) -> None:
    """A wrong key or model is the user's to mend; what a filter stops is a bad answer."""
    odd = "Unrecognized request argument: safety_identifier"
    provider.next(Reply(status=400, text=odd), Reply(status=401, text="no such key"))
    provider.next(Reply(status=400, text="stopped by content_filter"))
    one = endpoint(provider)
    with pytest.raises(GateError, match=f"400 {odd}"):
        one.answer(Case(id="x", prompt="?"))
    with pytest.raises(GateError, match="401 no such key; correct the model, the key"):
        one.answer(Case(id="x", prompt="?"))
    assert one.answer(Case(prompt="?")).error_type == "content_filter"
    one.close()


@pytest.mark.parametrize("url", ["nowhere", "ftp://x/v1"])
def test_senseless_url(url: str) -> None:
    """A URL that is none is named."""
    one = Endpoint(url, "m", RATES, Purse(1.0), sleep=lambda _: None)
    with pytest.raises(GateError, match="--url"):
        one.answer(Case(prompt="?"))
    one.close()
