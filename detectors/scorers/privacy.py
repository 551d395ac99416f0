"""Count personal data and secrets in the question and the answer, redacted ones included."""

from __future__ import annotations

from collections import Counter

import numpy as np
from fmwatch.redaction import KINDS, Redactor

from detectors.base import NOT_ASSESSABLE, Column
from detectors.batch import Batch


class Privacy:
    """Count e-mails, phones, cards, IBANs, secrets, US social security numbers and IP addresses per call.

    The score is the number of findings in the question and the answer, plus what the border before the log
    had already redacted; `parts["kinds"]` counts by kind. A call without any text is not assessable.
    Findings never overlap: a phone number inside a card number is part of the card.

    Cost: about 10 us per event without findings.
    """

    name = "privacy"
    version = "1"

    def __init__(self) -> None:
        self._redactor = Redactor(KINDS)

    def score(self, batch: Batch) -> Column:
        kinds = [self._kinds(batch, place) for place in range(len(batch))]
        score = np.array([np.nan if found is None else sum(found.values()) for found in kinds], np.float32)
        return Column(
            name=self.name,
            version=self.version,
            score=score,
            label=[NOT_ASSESSABLE if found is None else "found" if found else "clean" for found in kinds],
            explain=lambda place: _explain(kinds[place]),
            parts={"kinds": [found or {} for found in kinds]},
        )

    def _kinds(self, batch: Batch, place: int) -> dict[str, int] | None:
        """Return the findings by kind, or None where there was nothing to read."""
        asked, answered = batch.prompt[place], batch.response[place]
        redacted = {kind: n for kind, n in batch.events[place].redactions.items() if n > 0}
        if not asked and not answered and not redacted:
            return None
        found = Counter(redacted)
        for text in (asked, answered):
            found.update(self._redactor.text(text)[1])
        return dict(found)


def _explain(kinds: dict[str, int] | None) -> str | None:
    if not kinds:
        return None
    listed = ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()))
    return f"Found or redacted: {listed}."
