"""The model answers worse on this route than it did, at the same prompt, questions and detectors."""

from __future__ import annotations

from services.advisor.decline import FLOOR
from services.advisor.observed import LEAST_LABELS, Labelled, Worse

CAUSE = "degraded"


def evidence(worse: Worse | None, *, drifted: bool = False) -> str | None:
    """Return what on-call reads about a decline, or None: there is none, or people's labels refute it.

    Parameters
    ----------
    drifted : the route's questions have left the region they used to be in; then only labels tell
    """
    if worse is None or refuted(worse.labels) or (drifted and not confirmed(worse)):
        return None
    rise = worse.decline
    points = f"{100 * rise.low:+.1f}..{100 * rise.high:+.1f} pt"
    near = f"; {worse.near}" if worse.near else ""
    return (
        f"bad answers {100 * rise.then:.1f} -> {100 * rise.now:.1f} % ({points}) since {rise.since}, "
        f"prompt, questions and detectors alike{near}; {_labels(worse.labels)}"
    )


def confirmed(worse: Worse | None) -> bool:
    """Whether labels say so too: detectors alone can be fooled by another way of writing."""
    interval = worse.labels.interval if worse else None
    return bool(interval and interval[0] > 0)


def refuted(labels: Labelled) -> bool:
    """Whether labels leave no room for a rise that matters."""
    interval = labels.interval
    return bool(interval and interval[1] < FLOOR)


def _labels(labels: Labelled) -> str:
    interval = labels.interval
    if interval is None:
        have = min(labels.then_n, labels.now_n)
        return (
            f"by detectors only, {have} of the {LEAST_LABELS} labels before and since that would confirm it"
        )
    word = "confirmed by" if interval[0] > 0 else "left open by"
    points = f"{100 * interval[0]:+.1f}..{100 * interval[1]:+.1f} pt"
    return f"{word} {labels.now_n} labels ({points})"
