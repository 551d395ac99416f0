"""What one route did with one model lately: all that the advisor needs to know of the traffic."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from fmwatch.event import Usage

from services.advisor.form import NO_FORM, Form


@dataclass(frozen=True, slots=True)
class RouteUsage:
    """One (tenant, team, route, platform, model) over the last days.

    Attributes
    ----------
    model : as requested; served : the model that answered most
    n : calls; compared_n : of these, asked only to compare models; days : length of the window
    share : of the tenant's calls; share_of_route : of the route's calls, recent_share_of_route : in the
        last week
    tokens : sums over the calls that reported them; counted_n : how many did
    spend_usd : of all calls, as the ledger has it, None when part of it is unpriced
    latency_p95_ms : of the successful calls
    longest_input_tokens : of one call
    grounded : whether most of the calls bring passages
    tools : whether the calls carry tools; images : whether they carry more than text
    last_at : the newest call
    form : what the answers look like
    owners : who is responsible for the route
    bad_ratio : share of answers known to be bad from labels, None when nobody labelled
    """

    tenant: str
    team: str
    route: str
    platform: str
    model: str
    n: int
    days: float
    compared_n: int = 0
    served: str = ""
    share: float = 0.0
    share_of_route: float = 1.0
    recent_share_of_route: float = 1.0
    tokens: Usage = field(default_factory=Usage)
    counted_n: int = 0
    spend_usd: float | None = None
    latency_p95_ms: float | None = None
    longest_input_tokens: int = 0
    grounded: bool = False
    tools: bool = False
    images: bool = False
    form: Form = NO_FORM
    tier: str = "standard"
    last_at: datetime | None = None
    owners: tuple[str, ...] = ()
    bad_ratio: float | None = None

    @property
    def asked_n(self) -> int:
        """Calls that applications made: what is asked to compare models is no traffic."""
        return self.n - self.compared_n

    @property
    def serves(self) -> bool:
        """Whether applications call it; else it was only asked to compare it with others."""
        return self.asked_n > 0

    @property
    def per_day(self) -> float:
        """Calls a day that applications make."""
        return self.asked_n / self.days if self.days else 0.0

    @property
    def moved(self) -> float:
        """Share of this model's part of the route that other models took over in the last week."""
        if not self.share_of_route:
            return 0.0
        return min(1.0, max(0.0, 1 - self.recent_share_of_route / self.share_of_route))
