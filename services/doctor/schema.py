"""Whether a store has the schema that this version knows."""

from __future__ import annotations

from services.doctor.check import Finding, fail, ok, warn
from store.condition import Condition
from store.migrate import migrations as known_migrations


def migrations(name: str, condition: Condition, applies: str) -> Finding:
    """Compare what was applied with what is known.

    Parameters
    ----------
    name : of the finding
    applies : who applies what is missing, as a remedy
    """
    known = {one.number for one in known_migrations()}
    applied = condition.applied() if condition.exists() else set()
    if applied - known:
        what = f"the store has schema {max(applied)}, this version knows {max(known)}"
        return fail(name, what, "install the newer fmwatch that made it")
    if missing := sorted(known - applied):
        what = f"{len(applied)} of {len(known)} applied, the next is {missing[0]}"
        return warn(name, what, applies)
    return ok(name, f"all {len(known)} applied")
