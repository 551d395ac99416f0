"""The provider has switched the model off, or said it would by today."""

from __future__ import annotations

from services.advisor.lifespan import Lifespan
from services.advisor.usage import RouteUsage
from services.wording.numbers import portion

CAUSE = "retired"


def evidence(life: Lifespan, usage: RouteUsage) -> str | None:
    """Return what on-call reads about a retired model, or None when it is not retired."""
    if life.state != "retired":
        return None
    since = f"since {life.ends} ({-(life.days_left or 0)} d)" if life.ends else "the day is not published"
    return (
        f"retired {since}; {portion(usage.share)} of calls still name it; {portion(usage.moved)} moved in 7 d"
    )
