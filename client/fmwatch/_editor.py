"""An event as it leaves the process: redacted, within bounds, encoded."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any, Callable, Dict, Optional, Sequence, Tuple, Union

from fmwatch._account import Account
from fmwatch._encode import bounded, dated, line, plain, taken, without_content

Redaction = Union[str, Callable[[str], str]]  # a kind of personal data, or an application's own function
_NUMBERS = frozenset(("usage", "request", "logprobs"))  # mappings whose numbers are no texts of anybody's


class Editor:
    """Makes the line of an event. It runs in the client's own threads, one event at a time.

    Parameters
    ----------
    redact : kinds, see `fmwatch.redaction`, and functions that return a text without what must not leave
    capture_content : False leaves prompts and answers out

    Raises
    ------
    ValueError : a kind is not known
    """

    def __init__(self, redact: Union[Redaction, Sequence[Redaction]], capture_content: bool) -> None:
        each = (redact,) if isinstance(redact, str) or callable(redact) else tuple(redact)
        self._own: Tuple[Callable[[str], str], ...] = tuple(one for one in each if callable(one))
        self._kinds = tuple(one for one in each if not callable(one))
        self._redactor: Any = None
        self._capture_content = capture_content
        if each:
            import fmwatch.redacted  # noqa: F401, PLC0415 - only who redacts pays; not in a thread, see _forking
            from fmwatch.redaction import Redactor  # noqa: PLC0415 - same

            self._redactor = Redactor(self._kinds) if self._kinds else None
        self.reset(Account())

    def reset(self, account: Account) -> None:
        """Begin anew, as a child process does.

        Parameters
        ----------
        account : counts redactions that failed
        """
        self._account = account
        self._lock = threading.Lock()  # an application's function need not be ready for two threads

    def line(self, image: bytes) -> Optional[bytes]:
        """Return the line of an event's image, None where none can be made."""
        with suppress(Exception):  # it is counted; the thread must go on
            fields = dated(taken(image))
            if not self._capture_content:
                fields = without_content(fields)
            if self._redactor is not None or self._own:
                fields = self._redacted(plain(fields))
            return bounded(line(fields), fields)
        return None

    def _redacted(self, fields: Dict[str, Any]) -> Dict[str, Any]:
        from fmwatch.redacted import without, without_own  # noqa: PLC0415 - only who redacts pays

        try:
            if self._redactor is not None:
                fields = without(fields, self._redactor)
            if self._own:
                with self._lock:
                    fields = without_own(fields, self._own)
        except Exception:  # noqa: BLE001 - an application's own code
            self._account.add("redaction_failed")
            return _bare(fields)
        return fields


def _bare(fields: Dict[str, Any]) -> Dict[str, Any]:
    """Return identity, names, times and numbers: every other text may hold what should have gone."""
    from fmwatch.redacted import KEPT  # noqa: PLC0415 - rarely needed

    kept = {name: value for name, value in fields.items() if name in KEPT or not _textual(value)}
    for name in _NUMBERS & fields.keys():
        found = fields[name]
        if isinstance(found, dict):
            kept[name] = {key: value for key, value in found.items() if not _textual(value)}
    return {**kept, "truncated": True}


def _textual(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(value, (str, list, dict))
