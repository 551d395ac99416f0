"""The form that a route's answers have, as seen in them: JSON, calls of tools; and who keeps to it less."""

from __future__ import annotations

from dataclasses import dataclass

_LEAST = 50  # answers, before their form is known
_MOSTLY = 0.9  # of the answers begin as JSON does: then the route is read by a program
_HALF = 0.5  # of the answers parse: prose that begins with "[1]" is none
_WORSE = 0.01  # share of answers that fall out of form; so much more would be rolled back
_SURE = 3.0  # standard errors; it is asked every day


@dataclass(frozen=True, slots=True)
class Kept:
    """How many answers kept to a form, of how many."""

    kept: int
    n: int

    def __str__(self) -> str:
        return f"{self.kept:,} of {self.n:,}"


@dataclass(frozen=True, slots=True)
class Form:
    """What a sample of one model's answers on a route looks like.

    Attributes
    ----------
    answers : with a text; like_json : that begin as JSON does; json : that are JSON
    called : that call tools; readable : of these, with a name and arguments that parse in every call
    """

    answers: int = 0
    like_json: int = 0
    json: int = 0
    called: int = 0
    readable: int = 0

    @property
    def structured(self) -> bool:
        """Whether the answers are JSON, as far as can be seen."""
        begin = self.like_json >= _MOSTLY * self.answers
        return self.answers >= _LEAST and begin and self.json >= _HALF * self.answers

    def parsed(self) -> Kept | None:
        """Return how many answers are JSON; None where too few are known."""
        return Kept(self.json, self.answers) if self.answers >= _LEAST else None

    def calls(self) -> Kept | None:
        """Return how many answers that call tools do so readably; None where too few are known."""
        return Kept(self.readable, self.called) if self.called >= _LEAST else None


NO_FORM = Form()


def told(form: Form) -> str:
    """Return what is known of a route's form, in words; "" where it has none."""
    parts = []
    if form.structured and (parsed := form.parsed()):
        parts.append(f"answers in JSON ({parsed} parse)")
    if calls := form.calls():
        parts.append(f"calls tools ({calls} readable)")
    return ", ".join(parts)


def falls_short(now: Form, other: Form) -> str:
    """Return where another model's answers on the route keep to its form surely less; "" where nowhere."""
    pairs = [("calls of tools are readable in", now.calls(), other.calls())]
    if now.structured:
        pairs.insert(0, ("answers are JSON in", now.parsed(), other.parsed()))
    for what, ours, theirs in pairs:
        if ours and theirs and _less(theirs, ours):
            return f"its {what} {theirs} here, the incumbent's in {ours}"
    return ""


def _less(one: Kept, other: Kept) -> bool:
    """Whether a share is surely more than a point below another; two imagined answers on both sides."""
    shares = [((each.kept + 1) / (each.n + 2), each.n + 2) for each in (one, other)]
    error = sum(share * (1 - share) / n for share, n in shares) ** 0.5
    return bool(shares[1][0] - shares[0][0] - _SURE * error > _WORSE)
