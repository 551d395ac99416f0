"""An event without personal data in its texts; identity, names and numbers stay as they are."""

from __future__ import annotations

from typing import Any, Dict, List

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
