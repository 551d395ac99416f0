"""Nobody bills more than the cap, whatever becomes of the requests."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from services.endpoint.answer import used
from services.endpoint.budget import Budget
from services.endpoint.endpoint import Endpoint
from services.endpoint.errors import EndpointError
from services.endpoint.tariff import Tariff
from services.gate.errors import GateError
from services.gate.golden import Case
from services.gate.model import Model
from services.shadow.journal import Journal
from services.shadow.run import Outcome, Run, Task

from .billing import Billing

SEEDS = st.integers(0, 2**32)
CAPS = st.integers(0, 20).map(lambda requests: requests * 3_000_000_000)  # pico-USD; a request is 2 to 10e9
TEXTS = st.lists(st.text("aé\n🙂", max_size=150), min_size=4, max_size=8)


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, cap=CAPS, texts=TEXTS)
def test_gate(seed: int, cap: int, texts: list[str]) -> None:
    """A gate stays within its cap: lost, refused and uncounted requests count at their most."""
    provider, budget = Billing(seed), Budget(cap)
    with provider.endpoint() as endpoint:
        model = Model("m", endpoint, provider.tariff(), budget)
        for number, text in enumerate(texts):
            with suppress(EndpointError, GateError):
                model.answer(Case(id=str(number), prompt=text, request={"max_tokens": 300}))
    assert provider.billed <= budget.spent <= cap


@settings(max_examples=12, deadline=None)
@given(seed=SEEDS, cap=CAPS, texts=TEXTS, at_once=st.integers(1, 6))
def test_side_by_side(seed: int, cap: int, texts: list[str], at_once: int) -> None:
    """Several requests in hand stay within the cap together, over runs that failures ended."""
    billed = 0
    with tempfile.TemporaryDirectory() as place, Journal(Path(place)) as journal:
        for turn in range(2):
            provider = Billing(seed + turn)
            with provider.endpoint() as endpoint:
                asking = partial(task, endpoint, provider.tariff())
                budget = Budget(cap, journal.spent("c"))
                with suppress(EndpointError):
                    Run(journal, "c", budget, at_once=at_once).work(
                        asking(f"{turn}-{number}", text) for number, text in enumerate(texts)
                    )
            billed += provider.billed
            assert billed <= journal.spent("c") == budget.spent <= cap


def task(endpoint: Endpoint, tariff: Tariff, name: str, text: str) -> Task:
    """A request as `fmwatch shadow` makes it."""
    body = {"model": "m", "messages": [{"role": "user", "content": text}], "max_tokens": 300}
    size = len(msgspec.json.encode(body["messages"]))

    def ask() -> Outcome:
        answer = endpoint.ask(body)
        if answer.error_type:
            return Outcome(tariff.most(size, 1, 0), b"x", answer.error_type)
        return Outcome(tariff.cost(used(answer)), b"x")

    return Task(name, tariff.most(size, 1, 300), ask)
