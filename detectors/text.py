"""Words of a text, split once and shared by every scorer."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """Return the lower-cased words of a text; punctuation is dropped.

    >>> words("It's 42 cats!")
    ['it', 's', '42', 'cats']
    """
    return _WORD.findall(text.lower())
