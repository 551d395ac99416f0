"""One client for the whole process, for applications that need only one."""

from __future__ import annotations

import os
import threading
from typing import Any, Dict, Optional

from fmwatch.client import Client, Report
from fmwatch.wrap.around import around, captured, watching

URL_VARIABLE = "FMWATCH_URL"
TOKEN_VARIABLE = "FMWATCH_TOKEN"  # noqa: S105 - the name of one
SPOOL_VARIABLE = "FMWATCH_SPOOL"

_lock = threading.RLock()  # a signal handler may capture while the client is being made
_client: Optional[Client] = None


def configure(url: Optional[str] = None, **options: Any) -> None:  # noqa: ANN401 - see Client
    """Say where events go and what they have in common; see `Client` for the options.

    A token or a spool that is not given is that of the variable FMWATCH_TOKEN or FMWATCH_SPOOL.

    Raises
    ------
    ValueError, TypeError : the URL or an option is not known
    """
    global _client
    new = Client(url, **{**_environment(), **options})
    with _lock:
        old, _client = _client, new
    if old is not None:
        old.close()


def capture(**fields: Any) -> str:  # noqa: ANN401 - any field of an event
    """Take one finished model call and return its event id; see `Client.capture`.

    What blocks of `fmwatch.observe` around it say is said of it too.
    """
    event_id = _current().capture(**{**around(), **fields})
    captured(event_id, watching())
    return event_id


def feedback(event_id: str, kind: str, value: Any = None, **fields: Any) -> None:  # noqa: ANN401 - any value
    """Take what somebody thought of a call; see `Client.feedback`."""
    _current().feedback(event_id, kind, value, **fields)


def change(kind: str, **fields: Any) -> None:  # noqa: ANN401 - any field of a change
    """Take what was changed on purpose; see `Client.change`."""
    _current().change(kind, **fields)


def flush(timeout: float = 5.0) -> Report:
    """Send what waits and return what became of everything; see `Client.flush`."""
    return _current().flush(timeout)


def _current() -> Client:
    """Return the client, made from FMWATCH_URL where nobody has configured one."""
    global _client  # noqa: PLW0603 - the one client of the process
    if _client is None:
        with _lock:
            if _client is None:
                made = _from_environment()
                _client = _client or made
    return _client


def _from_environment() -> Client:
    try:
        return Client(os.environ.get(URL_VARIABLE), **_environment())
    except ValueError:
        import logging  # noqa: PLC0415 - rarely needed

        names = f"{URL_VARIABLE}, {TOKEN_VARIABLE} or {SPOOL_VARIABLE}"
        logging.getLogger("fmwatch").exception("%s cannot be used; nothing will be sent", names)
        return Client(None)


def _environment() -> Dict[str, Any]:
    return {"token": os.environ.get(TOKEN_VARIABLE), "spool": os.environ.get(SPOOL_VARIABLE)}
