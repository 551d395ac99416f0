"""The provider has announced the model's end."""

from __future__ import annotations

from services.advisor.lifespan import Lifespan
from services.advisor.usage import RouteUsage
from services.wording.numbers import portion

CAUSE = "retiring"


def evidence(life: Lifespan, usage: RouteUsage) -> str | None:
    """Return what on-call reads about a retiring model, or None when no end is announced.

    A day until which a model is promised to live is no announcement: such a model is not retiring.
    """
    if life.state != "deprecated":
        return None
    # Advice is read for days after it was given: how many are left is told with the day it is counted from.
    stops = (
        f"stops on {life.ends}, {life.days_left} d from {life.on}"
        if life.ends
        else "deprecated, last day not published"
    )
    return f"{stops}; {portion(usage.share)} of calls; {portion(usage.moved)} moved in 7 d"
