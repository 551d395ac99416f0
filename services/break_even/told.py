"""Calling against hosting, as text on a screen of 100 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap

from services.advisor.hosting import MONTH_DAYS, Comparison, Even, Hosting, Name
from services.volume import Tokens
from services.wording.numbers import UNKNOWN, count, digits, percent

WIDTH = 100
_WORDS: Mapping[Name, str] = {
    "gpu_usd": "USD an hour of one machine",
    "ops_usd": "USD a month of work and surroundings",
    "tokens_per_s": "output tokens a second of one machine",
    "utilisation": "of that used on average",
}
_LEFT_OUT = (
    "Not counted: machine time for reading prompts, a second site, the work of moving. A hosted model that "
    "answers worse costs more than it saves: compare it first (docs/advisor.md, Labels)."
)


def told(found: Comparison, priced: str, tokens: Tokens, endpoint: str) -> Iterator[str]:
    """Say what either costs, where they meet, what to do, and how that hangs on what is assumed.

    Parameters
    ----------
    priced : the model that would be called, and who says its price
    """
    hosting = found.hosting
    yield from _wrapped(
        f"Call {priced}: {digits(found.api_usd)} USD a call of {tokens.input:,} tokens in and "
        f"{tokens.output:,} out."
    )
    yield from _wrapped(f"Host {endpoint or 'a model'}: {_machines(hosting)}.")
    yield ""
    yield f"Break-even: {_even(found.even)}."
    api, own = found.api_month_usd, found.month_usd(hosting)
    if found.calls is not None and api is not None and own is not None:
        at = f"At {count(found.calls)} calls a month"
        yield f"{at} calling costs {digits(api)} USD, hosting {digits(own)} USD a month."
    yield from _wrapped(f"{found.verdict.capitalize()}: {found.reason}.")
    yield ""
    yield from _sensitivity(found)
    yield ""
    for name, doubt in found.doubted.items():
        yield from _wrapped(f"{_WORDS[name]}: {doubt.source}", "  ")
    yield from _wrapped(_LEFT_OUT)


def _sensitivity(found: Comparison) -> Iterator[str]:
    if not found.doubted:
        yield "You stated everything: nothing is assumed."
        return
    yield f"{'if it were':>10}  {'':<38} {'break-even, calls a day':>24} {'hosting, USD a month':>21}"
    for one in found.scenarios():
        value = percent(one.value) if one.name == "utilisation" else digits(one.value)
        even = "never" if one.even.calls is None else count(one.even.calls / MONTH_DAYS)
        month = UNKNOWN if one.month_usd is None else digits(one.month_usd)
        yield f"{value:>10}  {_WORDS[one.name]:<38} {even:>24} {month:>21}"


def _machines(hosting: Hosting) -> str:
    each = " each" if hosting.gpus > 1 else ""
    said = [
        f"{_machine(hosting.gpus)} at {hosting.gpu_usd:g} USD an hour{each}",
        f"{count(hosting.ops_usd)} USD a month of work and surroundings",
        f"{count(hosting.tokens_per_s)} output tokens a second{each}, {percent(hosting.utilisation)} used",
    ]
    if hosting.usd_per_call:
        said.append(f"{digits(hosting.usd_per_call)} USD a call on top")
    return ", ".join(said)


def _even(even: Even) -> str:
    if even.calls is None:
        return "never: the machines that more calls take cost more than calling them"
    daily = count(even.calls / MONTH_DAYS)
    return f"{daily} calls a day ({count(even.calls)} a month), on {_machine(even.gpus)}"


def _machine(n: int) -> str:
    return "1 machine" if n == 1 else f"{n} machines"


def _wrapped(text: str, indent: str = "") -> list[str]:
    return wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
