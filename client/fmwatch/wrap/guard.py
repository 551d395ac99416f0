"""Nothing of ours may break the application: what goes wrong here is counted, and logged once."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar

if TYPE_CHECKING:
    from fmwatch.client import Client

_R = TypeVar("_R")
_logged = False


def guarded(function: Callable[..., _R]) -> Callable[..., Optional[_R]]:
    """Return the function with None in place of what it raises."""

    @functools.wraps(function)
    def wrapped(*given: Any, **named: Any) -> Optional[_R]:
        try:
            return function(*given, **named)
        except Exception:  # noqa: BLE001 - the application's call comes first
            failed()
            return None

    return wrapped


def failed(client: Optional[Client] = None) -> None:
    """Count an event that is lost because our own code failed, and log the first one with its reason."""
    global _logged  # noqa: PLW0603 - once per process
    try:
        _count(client)
        if not _logged:
            _logged = True
            import logging  # noqa: PLC0415 - rarely needed

            log = logging.getLogger("fmwatch")
            log.exception("a model call could not be read and is not watched; the call itself is untouched")  # noqa: LOG004 - called where it was caught
    except Exception:  # noqa: BLE001, S110 - also when the interpreter is about to end
        pass


class _Unreadable:
    """Stands for a call that was made and could not be read; the client counts it as `not_encodable`."""

    def __str__(self) -> str:
        raise ValueError("a model call that could not be read")


def _count(client: Optional[Client]) -> None:
    from fmwatch import process  # noqa: PLC0415 - it may be the one who imports us

    (client or process._current()).capture(response=_Unreadable())  # noqa: SLF001 - the package's own
