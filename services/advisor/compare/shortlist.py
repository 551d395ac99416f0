"""In which order to try candidates, by what public boards say of them.

A board's number is about other prompts, judged by another model: it was wrong on which of two is better in a
quarter to a third of cases. So it orders what is tried first, and gives no interval that could decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from services.advisor.entry import Prior

LOWER_IS_BETTER = frozenset({"hallucination_ratio"})


def shortlist(names: Sequence[str], priors: Mapping[str, Sequence[Prior]]) -> list[str]:
    """Return the names, best first on the one measure that knows most of them; the unknown keep their order.

    Measures of different boards are never mixed.

    >>> rates = {"x": 0.09, "y": 0.02}
    >>> board = {name: [Prior("b", "1", "hallucination_ratio", rate)] for name, rate in rates.items()}
    >>> shortlist(["new", "x", "y"], board)
    ['y', 'x', 'new']
    """
    known = Counter(_measure(prior) for name in names for prior in priors.get(name, ()))
    if not known:
        return list(names)
    chosen = max(sorted(known), key=lambda measure: known[measure])
    sign = 1 if chosen[2] in LOWER_IS_BETTER else -1

    def place(name: str) -> tuple[bool, float]:
        values = [prior.value for prior in priors.get(name, ()) if _measure(prior) == chosen]
        return (not values, sign * values[0] if values else 0.0)

    return sorted(names, key=place)


def _measure(prior: Prior) -> tuple[str, str, str]:
    return prior.board, prior.version, prior.measure
