"""Causes of a difference in spend sum exactly, and each lands where it belongs."""

import numpy as np
import pytest

from detectors.monitors.factors import Factors, Use, split


def use(calls: float, tokens_per_call: float, usd_per_token: float) -> Use:
    """Return a use by its factors."""
    return Use(calls, calls * tokens_per_call, calls * tokens_per_call * usd_per_token)


def test_one_cause() -> None:
    """Twice the calls is all volume, twice the tokens all tokens, twice the price all price."""
    before = {"a": use(100, 1000, 1e-5), "b": use(300, 500, 2e-6)}
    more = {name: Use(2 * one.calls, 2 * one.tokens, 2 * one.usd) for name, one in before.items()}
    longer = {name: Use(one.calls, 2 * one.tokens, 2 * one.usd) for name, one in before.items()}
    dearer = {name: Use(one.calls, one.tokens, 2 * one.usd) for name, one in before.items()}
    total = 1.3
    for now, cause in ((more, "volume"), (longer, "tokens"), (dearer, "price")):
        parts = split(before, now)
        assert getattr(parts, cause) == pytest.approx(total)
        assert sum(abs(getattr(parts, name)) for name in Factors.__slots__) == pytest.approx(total)


def test_mix() -> None:
    """The same calls on a dearer model are mix; so is a model that is new."""
    before = {"cheap": use(900, 100, 1e-6), "dear": use(100, 100, 1e-4)}
    now = {"cheap": use(500, 100, 1e-6), "dear": use(500, 100, 1e-4)}
    parts = split(before, now)
    assert parts.mix == pytest.approx(parts.total)
    new = split({"cheap": use(1000, 100, 1e-6)}, {"dear": use(1000, 100, 1e-4)})
    assert new.mix == pytest.approx(10.0 - 0.1)


@pytest.mark.parametrize("seed", range(20))
def test_exact(seed: int) -> None:
    """Whatever changed, with models that come, go, are free or count no tokens, the parts sum exactly."""
    random = np.random.default_rng(seed)

    def month() -> dict[str, Use]:
        uses = {}
        for name in "abcdef":
            if random.random() < 0.7:
                calls = float(random.integers(1, 1000))
                tokens = float(random.integers(0, 2) * random.integers(1, 10**6))
                uses[name] = Use(calls, tokens, float(random.integers(0, 3) * random.random()))
        return uses

    before, now = month(), month()
    difference = sum(one.usd for one in now.values()) - sum(one.usd for one in before.values())
    assert split(before, now).total == pytest.approx(difference, abs=1e-9)
