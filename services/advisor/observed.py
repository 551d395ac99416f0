"""What traffic itself says of a model on a route: it answers worse, or is asked what it cannot know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.advisor.decline import Decline
from services.advisor.form import NO_FORM, Form
from services.advisor.staleness import Late

Incumbent = tuple[str, str, str, str]  # tenant, route, platform, model
LEAST_LABELS = 50  # on either side, before people's word confirms or refutes detectors'


@dataclass(frozen=True, slots=True)
class Labelled:
    """What people said of answers drawn at random, before a decline began and since.

    Attributes
    ----------
    then_bad, now_bad : sums; a share where judges disagree
    """

    then_n: int = 0
    then_bad: float = 0.0
    now_n: int = 0
    now_bad: float = 0.0

    @property
    def interval(self) -> tuple[float, float] | None:
        """The rise of bad answers with 95 %, None while there are fewer than fifty labels on either side.

        Source: Agresti, Caffo 2000: two answers added on each side, one of them bad.
        """
        if min(self.then_n, self.now_n) < LEAST_LABELS:
            return None
        then, now = (self.then_bad + 1) / (self.then_n + 2), (self.now_bad + 1) / (self.now_n + 2)
        half = 1.96 * (then * (1 - then) / (self.then_n + 2) + now * (1 - now) / (self.now_n + 2)) ** 0.5
        return now - then - half, now - then + half


@dataclass(frozen=True, slots=True)
class Worse:
    """A decline that nothing else explains.

    Attributes
    ----------
    near : a deploy or a change of the model shortly before, in words; "" where none is recorded
    """

    decline: Decline
    labels: Labelled = Labelled()
    near: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen of one model on one route.

    Attributes
    ----------
    worse : it answers worse than it did; late : its questions moved past what it knows
    form : what its answers look like
    """

    worse: Worse | None = None
    late: Late | None = None
    form: Form = NO_FORM


NOTHING = Observed()
Observations = Mapping[Incumbent, Observed]
