"""Nothing of ours may break the application: what fails is logged once, and counted if an event is lost."""

from __future__ import annotations

import functools
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Callable, Optional, Set, TypeVar

if TYPE_CHECKING:
    from fmwatch.client import Client

_R = TypeVar("_R")
_LOST = "a model call could not be read and is not watched; the call itself is untouched"
_NOTED = "something about a model call could not be read; what is known without is captured"
_logged: Set[str] = set()


def guarded(function: Callable[..., _R]) -> Callable[..., Optional[_R]]:
    """Return the function with None in place of what it raises; no event is lost by that."""

    @functools.wraps(function)
    def wrapped(*given: Any, **named: Any) -> Optional[_R]:
        try:
            return function(*given, **named)
        except Exception:  # noqa: BLE001 - the application's call comes first
            note()
            return None

    return wrapped


def lost(client: Optional[Client]) -> None:
    """Count an event that is lost because our own code failed, and log the first one with its reason.

    Parameters
    ----------
    client : would have taken the event; None stands for the process's own
    """
    with suppress(Exception):  # also when the interpreter is about to end
        _count(client)
        _log(_LOST)


def note() -> None:
    """Log, for the first time, that our own code failed at a call whose event is captured all the same."""
    with suppress(Exception):
        _log(_NOTED)


def _log(what: str) -> None:
    if what not in _logged:
        _logged.add(what)
        import logging  # noqa: PLC0415 - rarely needed

        logging.getLogger("fmwatch").exception(what)  # noqa: LOG004 - called where it was caught


class _Unreadable:
    """Stands for a call that was made and could not be read; the client counts it as `not_encodable`."""

    def __str__(self) -> str:
        raise ValueError("a model call that could not be read")


def _count(client: Optional[Client]) -> None:
    from fmwatch import process  # noqa: PLC0415 - it may be the one who imports us

    (client or process._current()).capture(response=_Unreadable())  # noqa: SLF001 - the package's own
