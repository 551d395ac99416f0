"""Examples are redacted, cut, and masked where they are toxic."""

from __future__ import annotations

from dataclasses import replace

from services.wording.examples import LONGEST, examples, mask, shown
from tests.services.console.made import BAD_ANSWER, CALLS, TOXIC


def test_redacted() -> None:
    """Addresses never reach the page, whatever the border let through."""
    assert shown("write to ana@example.org", toxic=False) == "write to [email]"


def test_cut() -> None:
    """A long text is cut, and says so."""
    assert shown("x" * 10_000, toxic=False) == "x" * LONGEST + " …"


def test_mask() -> None:
    """Of a toxic text the first letter of each word is left."""
    assert mask("you über-spanner 123!") == "y•• ü•••-s•••••• 1••!"


def test_masked_by_label() -> None:
    """A text labelled toxic is masked under every alert, and every text under a toxicity alert."""
    toxic = replace(CALLS[3], event_id="e1")
    (one,) = examples(BAD_ANSWER, [toxic])
    assert one.masked
    assert "spanners" not in str(one.parts)
    (two,) = examples(TOXIC, [replace(CALLS[3], labels={})])
    assert "sorry" not in str(two.parts)


def test_evidence() -> None:
    """A hallucination example shows what the answer was given, in the order of the alert's examples."""
    found = examples(BAD_ANSWER, [CALLS[1], CALLS[0]])
    assert [each.event_id for each in found] == ["e1", "e2"]
    assert [name for name, _ in found[0].parts] == ["asked", "given", "answered"]
