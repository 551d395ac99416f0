"""The order of causes: what forces a move first, then what has gone wrong, then what is merely better."""

from __future__ import annotations

from collections.abc import Mapping

from services.advisor.causes import changed, degraded, dominated, retired, retiring, stale, superseded

_FORCING = (retired.CAUSE, retiring.CAUSE)
_WRONG = (degraded.CAUSE, changed.CAUSE, stale.CAUSE)
RANK = (*_FORCING, *_WRONG, dominated.CAUSE, superseded.CAUSE)
MERELY = frozenset({superseded.CAUSE})  # by itself no answer to any alert


def ranked(lines: Mapping[str, str | None]) -> dict[str, str]:
    """Return the causes that have evidence, the most pressing first.

    >>> ranked({"superseded": "newer: x", "changed": None, "retiring": "stops on 2026-12-07"})
    {'retiring': 'stops on 2026-12-07', 'superseded': 'newer: x'}
    """
    return {cause: line for cause in RANK if (line := lines.get(cause))}
