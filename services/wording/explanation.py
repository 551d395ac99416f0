"""What was found out about an alert beyond its numbers: whom it hits, where it sits, what is behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Suspect = Literal["traffic", "prompt", "application", "provider", "served_model", "detector"]

CONVINCING = 2  # weight below which a suspicion is none
LEAD = 1  # by which the first must be ahead of the second to be named alone
LIKELY = 3


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the calls in which the trouble sits, while the rest is as usual.

    Attributes
    ----------
    by, value : what it is a part by: language, prompt version, region, served model, model, platform, route,
        or questions (unlike the usual ones)
    n : its calls since the start
    observed, reference : share of bad ones among them, since the start and before
    share, share_before : of all calls of the alert
    """

    by: str
    value: str
    n: int
    observed: float
    reference: float
    share: float
    share_before: float


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One thing that may be behind it, and what speaks for it, the strongest first."""

    cause: Suspect
    weight: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Triage:
    """What may be behind an alert, the most suspect first, and what was looked at and is as before."""

    suspects: tuple[Suspicion, ...] = ()
    cleared: tuple[str, ...] = ()

    @property
    def cause(self) -> Suspicion | None:
        """The one suspicion that stands out; None: cannot tell."""
        if not self.suspects or self.suspects[0].weight < CONVINCING:
            return None
        others = max((other.weight for other in self.suspects[1:]), default=0)
        return self.suspects[0] if self.suspects[0].weight >= others + LEAD else None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What goes with an alert's numbers.

    Attributes
    ----------
    teams : whose calls are hit, most calls first
    slice : where it sits; None where it is everywhere, or cannot be told
    triage : None where the alert is its own cause (a budget, a lost call)
    advice : what the advisor says about the model, in one sentence; "" where it says nothing
    """

    teams: tuple[str, ...] = ()
    slice: Slice | None = None
    triage: Triage | None = None
    advice: str = ""
