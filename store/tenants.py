"""What one tenant may see of the store, as the engine's own filter of every table and view."""

from __future__ import annotations

from functools import cache

from store import views
from store.retention import DAYS

# Up to when monitors have watched: of the service, and of no tenant. The views show nothing else of it.
_NOBODYS = frozenset({"monitor_state", "v_watched"})


def only(tenant: str) -> str:
    """Return `additional_table_filters`: of each table and view the rows of a tenant."""
    condition = _text(f"tenant = {_text(tenant)}")
    return "{" + ", ".join(f"{_text(name)}: {condition}" for name in _names()) + "}"


@cache
def _names() -> tuple[str, ...]:
    return tuple(name for name in (*DAYS, *views.statements()) if name not in _NOBODYS)


def _text(value: str) -> str:
    """Return a value as the engine's SQL has it."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
