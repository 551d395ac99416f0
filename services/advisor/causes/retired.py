"""The provider has switched the model off, or said it would by today."""

from __future__ import annotations

from services.advisor.lifespan import Lifespan
from services.advisor.usage import RouteUsage

CAUSE = "retired"


def evidence(life: Lifespan, usage: RouteUsage) -> str | None:
    """Return what on-call reads about a retired model, or None when it is not retired."""
    if life.state != "retired":
        return None
    since = f"since {life.ends} ({-(life.days_left or 0)} d)" if life.ends else "the day is not published"
    return f"retired {since}; {usage.share:.0%} of calls still name it; {usage.moved:.0%} moved in 7 d"
