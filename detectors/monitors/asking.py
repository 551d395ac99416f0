"""Put a plan of questions to every call: what monitors of rates, levels and changes are made of."""

from __future__ import annotations

from collections.abc import Sequence

from detectors.monitors.finding import Desk
from detectors.monitors.local_time import LocalTime
from detectors.monitors.page_budget import Months, page_budget
from detectors.monitors.question import Plan
from detectors.monitors.watch import Complete, Watch


def asking(
    plan: Plan,
    names: Sequence[str],
    units: Sequence[str] = (),
    *,
    monitor: str,
    months: Months | None,
    reference_days: int,
    timezone: str,
    complete: Complete | None = None,
) -> Watch:
    """Return a watch that asks a plan's questions.

    Parameters
    ----------
    names, units : of each source of values, for people; where no unit is given they are shares of calls
    monitor : name and version
    months : months(signal, watched series) between false signals; the page budget as shipped where None
    complete : says more of what is raised
    """
    desk = Desk(plan, units or ["ratio"] * len(names), names, LocalTime(timezone), monitor)
    return Watch(desk, months or page_budget(), reference_days, complete)
