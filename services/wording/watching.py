"""How far a series has come for one signal, in words."""

from __future__ import annotations

_STATES = {
    "learning": "learning",
    "borrowed": "borrows what is usual for its siblings",
    "insufficient": "too few calls for a reference",
    "no_data": "no call that could be judged",
    "watched": "watched",
}
_WATCHED = {"fully": "", "gross": ", only gross change is seen", "not": ", nothing is seen"}


def watching(state: str, watched: str, ready: str, last: str) -> str:
    """Return why a series is watched as it is, and until when.

    Parameters
    ----------
    ready : the day on which its own reference is ready, "" where none is known
    last : when its last call was that could be judged, "" where there was none

    >>> watching("learning", "gross", "2026-12-01", "")
    'learning until 2026-12-01, only gross change is seen'
    >>> watching("no_data", "not", "", "2026-11-20")
    'no call that could be judged since 2026-11-20'
    """
    why = _STATES[state]
    if ready:
        why += f" until {ready}"
        why += ", when its own reference is ready" if state == "borrowed" else ""
    elif state == "no_data":
        return f"{why} since {last}" if last else f"{why} yet"
    return why + _WATCHED[watched]
