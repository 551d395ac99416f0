"""Under which name somebody's labels are kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from fmwatch.redaction import Redactor

from services.shadow.errors import ShadowError

LONGEST = 64  # characters of a name


def signed(person: str, redact: Sequence[str]) -> str:
    """Return a name as labels can carry it; however it was typed, one name is one person.

    Raises
    ------
    ShadowError : it would not be kept as it is, so that people could not be told apart
    """
    person = re.sub(" +", " ", unicodedata.normalize("NFC", person))
    if not person.isprintable() or not 0 < len(person.strip()) <= LONGEST:
        raise ShadowError(f"a name has 1 to {LONGEST} characters on one line")
    if Redactor(redact).text(person)[0] != person:
        raise ShadowError("the configuration redacts such a name; write initials, or a first name")
    return person.strip()
