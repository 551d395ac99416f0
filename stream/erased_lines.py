"""Which lines of a log are somebody's, and what is left of those that only name a call of theirs."""

from __future__ import annotations

import re
from collections.abc import Callable

from store.erasures import Erasures
from store.subject import Subject
from stream.errors import InvalidEvent
from stream.json_object import Fields, encode, parse
from stream.topics import ALERTS, DEAD_LETTERS, FEEDBACK, SIGNALS


def kept(subject: Subject, erased: Erasures) -> Callable[[str, bytes], bytes | None]:
    """Return what tells how a line of a topic is to stay: None where it is to go.

    Parameters
    ----------
    subject : whose lines go
    erased : renewed since the subject was marked: it knows the calls and dead letters
    """

    def stays(topic: str, line: bytes) -> bytes | None:
        try:
            fields = parse(line)
        except InvalidEvent:
            return None if _named(subject, line) else line
        return (
            None
            if _theirs(subject, erased, topic, fields, line)
            else _naming_nobody(erased, topic, fields, line)
        )

    return stays


def _theirs(subject: Subject, erased: Erasures, topic: str, fields: Fields, line: bytes) -> bool:
    tenant = _tenant(topic, fields)
    if subject.kind == "tenant":
        return tenant == subject.tenant
    if topic in {SIGNALS, ALERTS}:
        return False
    if topic == DEAD_LETTERS:
        # A line that is no object has nobody's tenant: it counts as the default one's.
        meant = not subject.tenant or tenant in {subject.tenant, "default"}
        return meant and (erased.letter(tenant, str(fields.get("original"))) or _named(subject, line))
    if subject.tenant and tenant != subject.tenant:
        return False
    if topic == FEEDBACK and erased.call(tenant, str(fields.get("event_id"))):
        return True
    return fields.get("user_hash") == subject.user_hash


def _named(subject: Subject, line: bytes) -> bool:
    """Tell whether a line that cannot be read names the user; a tenant it cannot be known by."""
    needle = subject.needle.encode("utf-8", "replace")
    return bool(subject.user_hash) and re.search(needle, line) is not None


def _tenant(topic: str, fields: Fields) -> str:
    series = fields.get("series")
    where = series if topic == SIGNALS and isinstance(series, dict) else fields
    return str(where.get("tenant") or "default")


def _naming_nobody(erased: Erasures, topic: str, fields: Fields, line: bytes) -> bytes:
    examples = fields.get("examples")
    if topic not in {SIGNALS, ALERTS} or not isinstance(examples, list):
        return line
    tenant = _tenant(topic, fields)
    found = [one for one in examples if not erased.call(tenant, str(one))]
    return line if len(found) == len(examples) else encode({**fields, "examples": found})
