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
    stops = (
        f"stops in {life.days_left} d ({life.ends})" if life.ends else "deprecated, last day not published"
    )
    return f"{stops}; {portion(usage.share)} of calls; {portion(usage.moved)} moved in 7 d"
