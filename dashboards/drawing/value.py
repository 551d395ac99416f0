"""A value as Grafana writes it in the units that the dashboards use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from math import floor, isfinite, log10

Number = int | float | Decimal
_COUNTS = ((1e12, " Tri"), (1e9, " Bil"), (1e6, " Mil"), (1e3, " K"))
_MONEY = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))
_SECONDS = ((31536000, " years"), (604800, " weeks"), (86400, " days"), (3600, " hours"), (60, " mins"))
_MILLISECONDS = ((86400000, " days"), (3600000, " hours"), (60000, " mins"), (1000, " s"))


def text(value: object, unit: str, decimals: int | None = None) -> str:
    """Return the value as it is shown; nothing for NULL.

    Parameters
    ----------
    decimals : digits after the point; where not said, as many as make three figures or so
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date | str | bool) or not isinstance(value, Number):
        return str(value)
    if not isfinite(value):
        return str(value)
    if unit.startswith("suffix:"):
        return figures(float(value), decimals) + unit.removeprefix("suffix:")
    return _UNITS.get(unit, _plain)(float(value), decimals)


def figures(value: float, decimals: int | None = None) -> str:
    """Return a number with the digits that matter."""
    if decimals is None:
        decimals = _decimals(value)
    return f"{value:.{decimals}f}"


def _decimals(value: float) -> int:
    if value == 0 or value % 1 == 0:
        return 0
    size = floor(log10(abs(value)))
    norm = abs(value) * 10.0 ** (1 - size)
    return max(0, 1 - size + int(norm > 2.25))  # noqa: PLR2004 - Grafana's own bound


def _scaled(value: float, steps: Sequence[tuple[float, str]], decimals: int | None, rest: str) -> str:
    for size, name in steps:
        if abs(value) >= size:
            return figures(value / size, decimals) + name
    return figures(value, decimals) + rest


def _plain(value: float, decimals: int | None) -> str:
    return figures(value, decimals)


def _grouped(value: float, decimals: int | None) -> str:
    return f"{float(figures(value, decimals)):,.{_decimals(value) if decimals is None else decimals}f}"


def _money(value: float, decimals: int | None) -> str:
    return ("-" if value < 0 else "") + "$" + _scaled(abs(value), _MONEY, decimals, "")


_UNITS: dict[str, Callable[[float, int | None], str]] = {
    "percentunit": lambda value, decimals: figures(100 * value, decimals) + "%",
    "currencyUSD": _money,
    "short": lambda value, decimals: _scaled(value, _COUNTS, decimals, ""),
    "locale": _grouped,
    "ms": lambda value, decimals: _scaled(value, _MILLISECONDS, decimals, " ms"),
    "s": lambda value, decimals: _scaled(value, _SECONDS, decimals, " s"),
}
