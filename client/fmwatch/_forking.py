"""A fork waits while one of the client's threads imports something.

Else the child would find a module that is half made, and its lock held by a thread that it does not have:
its own threads would wait for that lock for ever.
"""

from __future__ import annotations

import os
import threading
from typing import ContextManager

_lock = threading.RLock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


def importing() -> ContextManager[object]:
    """Return what is entered around imports in a thread of the client's."""
    return _lock
