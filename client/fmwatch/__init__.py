"""Send your model calls to fmwatch: never blocks, never raises, never silently loses.

>>> import fmwatch
>>> fmwatch.configure(None)  # or the gateway's URL; the variable FMWATCH_URL does the same
>>> event_id = fmwatch.capture(provider="openai", request_model="gpt-4o", latency_ms=812.5)
>>> fmwatch.flush().dropped
0
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers know the name; importing it would cost ten milliseconds
if TYPE_CHECKING:
    from typing import Any

    from fmwatch.client import Client, Report
    from fmwatch.errors import FmwatchError, Rejected, Retryable, TooLarge, Unauthorized
    from fmwatch.event import Change, Feedback, Generation, Usage
    from fmwatch.process import capture, change, configure, feedback, flush
    from fmwatch.redaction import Redactor
    from fmwatch.testing import RecordingTransport
    from fmwatch.transports.base import Transport
    from fmwatch.wrap.around import context, observe
    from fmwatch.wrap.call import event_id
    from fmwatch.wrap.function import watch

__all__ = [
    "Change",
    "Client",
    "Feedback",
    "FmwatchError",
    "Generation",
    "RecordingTransport",
    "Redactor",
    "Rejected",
    "Report",
    "Retryable",
    "TooLarge",
    "Transport",
    "Unauthorized",
    "Usage",
    "capture",
    "change",
    "configure",
    "context",
    "event_id",
    "feedback",
    "flush",
    "observe",
    "watch",
]

# Importing costs milliseconds: each name is loaded when it is first asked for.
_HOMES = {
    "client": ("Client", "Report"),
    "errors": ("FmwatchError", "Rejected", "Retryable", "TooLarge", "Unauthorized"),
    "event": ("Change", "Feedback", "Generation", "Usage"),
    "process": ("capture", "change", "configure", "feedback", "flush"),
    "redaction": ("Redactor",),
    "testing": ("RecordingTransport",),
    "transports.base": ("Transport",),
    "wrap.around": ("context", "observe"),
    "wrap.call": ("event_id",),
    "wrap.function": ("watch",),
}
_MODULES = ("anthropic", "langchain", "litellm", "openai")  # also without an import of their own
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    from importlib import import_module  # noqa: PLC0415 - only on first use

    if name in _MODULES:
        return import_module(f"fmwatch.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'fmwatch' has no attribute {name!r}")
    found = getattr(import_module(f"fmwatch.{_HOME[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
