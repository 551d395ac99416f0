"""Every scorer that runs on every event, and the encoder they share. A new detector is one line here."""

from __future__ import annotations

from functools import lru_cache

from detectors.base import Scorer
from detectors.encoder import StaticEncoder
from detectors.prices import PriceBook
from detectors.scorers.groundedness import Groundedness
from detectors.scorers.language import Language
from detectors.scorers.outcome import Outcome
from detectors.scorers.privacy import Privacy
from detectors.scorers.refusal import Refusal
from detectors.scorers.spend import Spend
from detectors.scorers.toxicity import Toxicity


def scorers(prices: PriceBook) -> list[Scorer]:
    """Return the scorers of tier 0, which judge every single event."""
    return [
        Outcome(),
        Spend(prices),
        Language(),
        Refusal(),
        Privacy(),
        Groundedness(),
        Toxicity(side="prompt"),
        Toxicity(side="response"),
    ]


@lru_cache(1)
def encoder() -> StaticEncoder:
    """Return the encoder whose rows all drift monitors compare."""
    return StaticEncoder()
