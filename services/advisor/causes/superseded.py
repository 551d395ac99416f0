"""The maker has a newer model of the same family; that alone says nothing about the answers here."""

from __future__ import annotations

from services.advisor.entry import Entry
from services.advisor.quality import Quality

CAUSE = "superseded"


def evidence(newer: Entry, quality: Quality | None) -> str | None:
    """Return what on-call reads about the newer one, or None where people found it worse here.

    Parameters
    ----------
    quality : what labels on this route say of the newer one
    """
    if quality and quality.verdict == "stay":
        return None
    since = f", released {newer.released.value}" if newer.released else ""
    here = f"compared here by {quality.pairs:,} labelled pairs" if quality else "no evidence here"
    return f"newer in family: {newer.name}{since}; {here}"
