"""What the commands can explain: an error a person can mend becomes one sentence and an exit code."""

from __future__ import annotations

from errno import ENOSPC
from typing import TypeGuard

from services.advisor.errors import CatalogueError, ListAway
from services.alerter.errors import Unclear
from services.config import ConfigError
from services.gate.errors import EndpointAway as GateAway
from services.gate.errors import GateError
from services.grafana.errors import GrafanaAway, GrafanaRefused
from services.listening import PortTaken
from services.report.errors import BrowserAway, ReportError
from services.shadow.errors import EndpointAway, ShadowError
from store.errors import StoreError, StoreUnavailable
from stream.errors import LogUnavailable, StreamError

USAGE = 2  # usage or configuration: correct it and call again
AWAY = 3  # a dependency does not answer: the same call may work later
_AWAY = (StoreUnavailable, LogUnavailable, ListAway, EndpointAway, GateAway, GrafanaAway, BrowserAway)
_WRONG = (
    *(ConfigError, CatalogueError, StoreError, StreamError, PortTaken, Unclear),
    *(GateError, GrafanaRefused, ShadowError, ReportError),
)


def exit_code(error: BaseException) -> int | None:
    """Return the exit code of an error whose message says the remedy; None for one nobody foresaw."""
    if isinstance(error, _AWAY):
        return AWAY
    if isinstance(error, _WRONG) or _named(error):
        return USAGE
    return None


def sentence(error: BaseException) -> str:
    """Return what is wrong and what to do, for an error that has an exit code."""
    if not _named(error):
        return str(error)
    what = str(error.strerror).lower()
    if error.errno == ENOSPC:
        return f"{what}: make room, or name another --data; the same command then goes on where it was"
    return f"cannot use {error.filename}: {what}; check its permissions, or name another place"


def _named(error: BaseException) -> TypeGuard[OSError]:
    """Tell whether the system says which file it does not let us use, or that there is no room."""
    return isinstance(error, OSError) and (error.filename is not None or error.errno == ENOSPC)
