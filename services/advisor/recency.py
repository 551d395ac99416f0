"""Whether a question is about the time after a model's knowledge ends. English.

A year or a recency word is not enough: fiction plays in 2030, invoices are dated, and whoever says "summarise
the latest" brings it along.
"""

from __future__ import annotations

import re
from datetime import date

LONGEST = 1_200  # characters of a question; what is longer brings its material along
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = r"(?:\d{1,2}(?:st|nd|rd|th)?,? )?"
_YEAR = re.compile(rf"(?:\b({'|'.join(_MONTHS)})[a-z]*\.? {_DAY})?(?<![\d./-])(20\d\d)(?![\d./-]\d|\d)")
_WORLD = (
    r"(?:news|weather|prices?|scores?|rates?|results?|president|prime minister|minister|chancellor|ceo|"
    r"champions?|record|laws?|version|release|population|standings|exchange|stock|election|inflation|model)"
)
_RECENT = re.compile(
    rf"\b(?:latest|newest|most recent|current|today's|this (?:week|month|year)'s) (?:\w+ ){{0,2}}{_WORLD}\b|"
    rf"\b{_WORLD}\b[^.!?]{{0,40}}\b(?:today|right now|this (?:week|month|year)|at the moment|yesterday)\b|"
    r"\bas of (?:today|now)\b|\bwhat(?:'s| is| are) the latest (?:on|about|in|with)\b|\bbreaking news\b"
)
# Whose is it, and what for: what people own, bring along, plan or invent needs no knowledge of the world.
_NO_KNOWLEDGE = re.compile(
    r"\b(?:my|our|your|their|these|this|the (?:following|above|below|attached)) "
    r"(?:latest|newest|most recent|current)\b|"
    # fiction
    r"\b(?:story|stories|novel|poem|fiction(?:al)?|sci-?fi|screenplay|lyrics|imagine|role-?play|fantasy|"
    r"pretend|hypothetical|scenario|character|set in (?:the year )?20)|"
    # papers with a date
    r"\b(?:invoices?|receipts?|order (?:no|number|id)|due|contract|lease|purchase order|booking|payment|"
    r"delivery|deadline|appointment|birthday|expir\w+|meeting|reservation|statement|ticket|shipment)\b|"
    # what is made up, not looked up
    r"^(?:please )?(?:write|create|draft|compose|generate|describe)\b|"
    # material that is brought along
    r"\b(?:following|given (?:the|a)|headlines:)|"
    r"\b(?:summari[sz]e|summary of|translate|extract|rewrite|proofread|classify|convert|reformat|format|"
    r"paraphrase|shorten|parse|(?:correct|edit|fix) the)\b"
)


def after(question: str, cutoff: date, today: date) -> bool:
    """Whether a question asks for what happened after the cutoff.

    >>> cutoff, today = date(2024, 10, 1), date(2026, 8, 21)
    >>> after("Who won the election in 2025?", cutoff, today), after("Who won in 2024?", cutoff, today)
    (True, False)
    >>> after("Write a story set in 2026", cutoff, today), after("Summarise the latest report", cutoff, today)
    (False, False)
    """
    text = " ".join(question.lower().split())
    if len(text) > LONGEST or _NO_KNOWLEDGE.search(text):
        return False
    if any(_later(month, int(year), cutoff, today) for month, year in _YEAR.findall(text)):
        return True
    return bool(_RECENT.search(text))


def _later(month: str, year: int, cutoff: date, today: date) -> bool:
    """Whether a year is after the cutoff; what lies beyond next year is planned or invented."""
    if year == cutoff.year and month:
        return _MONTHS.index(month) + 1 > cutoff.month
    return cutoff.year < year <= today.year + 1
