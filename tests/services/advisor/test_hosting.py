"""Calling against hosting: where both cost the same, and what to do when nobody is sure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.advisor.hosting import DOUBTS, MONTH_DAYS, Comparison, Hosting, assuming, break_even

IN, OUT = 1_155, 211  # Azure's chat trace


def _api(usd_in: float, usd_out: float) -> float:
    return (IN * usd_in + OUT * usd_out) / 10**6


GPT_4O_MINI, HAIKU_4_5 = _api(0.15, 0.60), _api(1, 5)


@pytest.mark.parametrize(
    ("api", "ops", "daily"),
    [
        (GPT_4O_MINI, 0, 400_000),
        (GPT_4O_MINI, 5_000, 949_000),
        (_api(0.40, 1.60), 0, 150_000),
        (_api(0.40, 1.60), 5_000, 356_000),
        (HAIKU_4_5, 0, 54_000),
        (HAIKU_4_5, 5_000, 129_000),
        (_api(3, 15), 0, 18_000),
        (_api(3, 15), 5_000, 43_000),
    ],
)
def test_known_cases(api: float, ops: float, daily: float) -> None:
    """Two H100 at 2.5 USD break even where the table of known cases says."""
    found = break_even(api, Hosting(ops_usd=ops, tokens_per_s=10_000), OUT)
    assert found.calls
    assert found.calls / MONTH_DAYS == pytest.approx(daily, rel=0.01)


def test_capacity() -> None:
    """More calls than the machines carry need more machines, whose cost the break-even then has."""
    one = Hosting(ops_usd=5_000)
    assert one.capacity(OUT) * one.gpus / MONTH_DAYS == pytest.approx(820_000, rel=0.01)
    found = break_even(GPT_4O_MINI, one, OUT)
    assert found.calls
    assert found.gpus == 3
    assert one.needed(found.calls, OUT) == 3
    assert one.month_usd(found.calls, OUT) == pytest.approx(found.calls * GPT_4O_MINI)


def test_never() -> None:
    """A machine whose calls cost less than it does never pays, nor does a hosted call that costs as much."""
    slow = break_even(GPT_4O_MINI, Hosting(tokens_per_s=215), OUT)
    assert slow.calls is None
    assert break_even(GPT_4O_MINI, Hosting(usd_per_call=GPT_4O_MINI), OUT).calls is None


def test_unsure_is_bought() -> None:
    """Hosting is advised only where it is cheaper at the bad end of everything that is assumed."""
    busy = Comparison(HAIKU_4_5, OUT, 1_000_000 * MONTH_DAYS, Hosting())
    assert (busy.month_usd(busy.hosting) or 0) < (busy.api_month_usd or 0)
    assert (busy.verdict, busy.sure) == ("buy", False)
    assert "speaks for hosting, and unsure is bought" in busy.reason
    quiet = replace(busy, calls=100.0)
    assert (quiet.verdict, quiet.sure) == ("buy", True)
    nobody = replace(busy, calls=None)
    assert (nobody.verdict, nobody.even) == ("buy", busy.even)
    assert "nobody says how much is called" in nobody.reason


def test_stated_is_not_doubted() -> None:
    """What somebody has measured is taken as measured, and may carry the decision."""
    measured = Comparison(
        HAIKU_4_5,
        OUT,
        1_000_000 * MONTH_DAYS,
        Hosting(tokens_per_s=6_000, utilisation=0.4),
        frozenset({"tokens_per_s", "utilisation"}),
    )
    assert (measured.verdict, measured.sure) == ("host", True)
    assert {one.name for one in measured.scenarios()} == {"gpu_usd", "ops_usd"}


def test_doubts_surround_what_is_assumed() -> None:
    """Every assumption lies between the ends that it is tried at, and either end moves the cost its way."""
    usual = Hosting()
    for name, doubt in DOUBTS.items():
        value = {"gpu_usd": usual.gpu_usd, "ops_usd": usual.ops_usd}.get(name)
        value = value or {"tokens_per_s": usual.tokens_per_s, "utilisation": usual.utilisation}[name]
        low, high = sorted((doubt.best, doubt.worst))
        assert low < value < high
        best, worst = (
            assuming(usual, {name: end}).month_usd(10**8, OUT) for end in (doubt.best, doubt.worst)
        )
        assert best < usual.month_usd(10**8, OUT) < worst
