"""Every scorer that runs on every event, the encoder they share, and those for samples.

A new detector is one line here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from detectors.base import Scorer
from detectors.encoders.base import TextEncoder
from detectors.encoders.minilm import MiniLm
from detectors.encoders.static import StaticEncoder
from detectors.encoders.transformer import TransformerEncoder
from detectors.prices import PriceBook
from detectors.scorers.groundedness import Groundedness
from detectors.scorers.language import Language
from detectors.scorers.outcome import Outcome
from detectors.scorers.privacy import Privacy
from detectors.scorers.refusal import Refusal
from detectors.scorers.residency import ANYWHERE, Allowed, Residency
from detectors.scorers.spend import Spend
from detectors.scorers.toxicity import Toxicity


def scorers(prices: PriceBook, allowed: Callable[[str], Allowed] = lambda _: ANYWHERE) -> list[Scorer]:
    """Return the scorers of tier 0, which judge every single event.

    Parameters
    ----------
    allowed : where the model of a route may run
    """
    return [
        Outcome(),
        Spend(prices),
        Language(),
        Refusal(),
        Privacy(),
        Groundedness(),
        Toxicity(side="prompt"),
        Toxicity(side="response"),
        Residency(allowed),
    ]


@lru_cache(1)
def encoder() -> StaticEncoder:
    """Return the encoder whose rows all drift monitors compare."""
    return StaticEncoder()


def text_encoder(model: str = "minilm") -> TextEncoder:
    """Return an encoder for samples, which takes milliseconds a text and must be asked for.

    Parameters
    ----------
    model : "minilm" for the one without torch; else a folder or a downloaded model for sentence-transformers

    Raises
    ------
    EncoderUnavailable : its library or its model is not on this machine
    """
    return MiniLm() if model == "minilm" else TransformerEncoder(model)
