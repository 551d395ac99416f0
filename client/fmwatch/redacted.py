"""An event without personal data in its texts; identity, names and numbers stay as they are."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Sequence

from fmwatch.redaction import Redactor

KEPT = frozenset(
    (
        *("type", "schema_version", "event_id", "occurred_at", "received_at", "at", "until", "kind"),
        *("trace_id", "span_id", "parent_span_id", "conversation_id", "operation", "attempt"),
        *("tenant", "team", "app", "route", "environment", "prompt_name", "prompt_version"),
        *("provider", "platform", "region", "request_model", "response_model", "base_model", "model"),
        *("system_fingerprint", "service_tier", "finish_reason", "usage_source", "redactions"),
    )
)


def without(fields: Dict[str, Any], redactor: Redactor) -> Dict[str, Any]:
    """Return the fields with every text redacted that is not one of `KEPT`, and `redactions` counted."""
    counts: Dict[str, int] = {}
    clean = cleaned(fields, redactor, counts)
    return counted(clean, counts) if counts else clean


def without_own(fields: Dict[str, Any], functions: Sequence[Callable[[str], str]]) -> Dict[str, Any]:
    """Return the fields with every text as an application's own functions return it, and `own` counted.

    Texts of `KEPT` and the keys of mappings are not theirs to change: both say what the rest is.

    Raises
    ------
    Exception : whatever a function raises; TypeError where it returns no text
    """
    changed: Dict[str, int] = {}
    clean = {
        name: value if name in KEPT else _own(value, functions, changed) for name, value in fields.items()
    }
    return counted(clean, changed) if changed else clean


def cleaned(fields: Dict[str, Any], redactor: Redactor, counts: Dict[str, int]) -> Dict[str, Any]:
    """Return the fields redacted, apart from `KEPT`; add what was found to the counts."""
    kept = {name: value for name, value in fields.items() if name in KEPT}
    rest = {name: value for name, value in fields.items() if name not in KEPT}
    return {**kept, **walk(rest, redactor, counts)}


def counted(fields: Dict[str, Any], counts: Dict[str, int]) -> Dict[str, Any]:
    """Add to what was counted before."""
    before = fields.get("redactions")
    if before is None or isinstance(before, dict):
        fields["redactions"] = total = dict(before or {})
        for kind, n in counts.items():
            earlier = total.get(kind, 0)
            total[kind] = earlier + n if isinstance(earlier, int) else n
    return fields


def collect(value: Any, into: List[str]) -> None:  # noqa: ANN401 - any JSON value
    """Append all texts inside a value, keys as well: a tool's arguments may be keyed by addresses."""
    if isinstance(value, str):
        into.append(value)
    elif isinstance(value, (list, tuple)):
        for item in value:
            collect(item, into)
    elif isinstance(value, dict):
        into.extend(value)
        for item in value.values():
            collect(item, into)


def walk(value: Any, redactor: Redactor, counts: Dict[str, int]) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value with all texts inside it redacted."""
    if isinstance(value, str):
        text, found = redactor.text(value)
        for kind, n in found.items():
            counts[kind] = counts.get(kind, 0) + n
        return text
    if isinstance(value, (list, tuple)):
        return [walk(item, redactor, counts) for item in value]
    if isinstance(value, dict):
        clean: Dict[str, Any] = {}
        for key, item in value.items():
            name = walk(key, redactor, counts)
            while name in clean:  # two addresses as keys are still two
                name += "+"
            clean[name] = walk(item, redactor, counts)
        return clean
    return value


def _own(value: Any, functions: Sequence[Callable[[str], str]], changed: Dict[str, int]) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        text = value
        for function in functions:
            text = function(text)
            if not isinstance(text, str):
                raise TypeError(f"a redact function returned {type(text).__name__}: return a text")
        if text != value:
            changed["own"] = changed.get("own", 0) + 1
        return text
    if isinstance(value, list):
        return [_own(item, functions, changed) for item in value]
    if isinstance(value, dict):
        return {key: _own(item, functions, changed) for key, item in value.items()}
    return value
