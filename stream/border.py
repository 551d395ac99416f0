"""The one border in front of the log: what passes it is redacted, bounded and sorted into topics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields as fields_of
from typing import NamedTuple

from fmwatch import records
from fmwatch.event import MAX_TEXT_BYTES, Generation, Logprobs, Request, Usage
from fmwatch.records import CONTENT, TOPICS
from fmwatch.redacted import KEPT, cleaned, collect, counted
from fmwatch.redaction import DEFAULT_KINDS, Redactor

from stream.errors import InvalidEvent
from stream.json_object import Fields, encode, parse
from stream.limits import fit
from stream.log import Record
from stream.parsed import Parsed
from stream.refused import MAX_ORIGINAL_BYTES, REFUSED, Original, stub, unknown_type

GENERATION = frozenset(field.name for field in fields_of(Generation)) - {"extra"} | {"type"}
PARTS = {
    name: frozenset(field.name for field in fields_of(kind))
    for name, kind in (("usage", Usage), ("request", Request), ("logprobs", Logprobs))
}
MAX_LINE_BYTES = 1_000_000  # with what a broker adds, below what it takes; an event of ours is smaller
KINDS = {topic: kind for kind, topic in TOPICS.items()}  # of an event that does not say its own, by topic


class Admitted(NamedTuple):
    """One line, ready for the log.

    Attributes
    ----------
    refusal : it is already known to become a dead letter, and why
    stranger : the tenant it names, which its sender may not write for; such a line must not be kept
    whose : tenant and team of a call; None for what is none
    """

    topic: str
    key: bytes
    line: bytes
    refusal: InvalidEvent | None = None
    stranger: str | None = None
    whose: tuple[str, str] | None = None


class OfRoute(NamedTuple):
    """What the configuration says of a route's calls.

    Attributes
    ----------
    team : of calls that name none
    content : False keeps usage, times, names and tags, and no text
    """

    team: str = ""
    content: bool = True


class Border:
    """Lets lines through to the log, without what must not be written down.

    Parameters
    ----------
    kinds : what is redacted; see `fmwatch.redaction.KINDS`
    of_route : what holds of a route's calls; asked for each call
    """

    def __init__(
        self, kinds: Sequence[str] = DEFAULT_KINDS, of_route: Callable[[str], OfRoute] = lambda _: OfRoute()
    ) -> None:
        self.parsed = Parsed()  # for the step, where it runs in this process
        self._redactor = Redactor(kinds)
        self._of_route = of_route

    def admit(
        self, line: bytes, *, kind: str = "generation", received_at: str = "", tenant: str = ""
    ) -> Admitted:
        """Return the line as the log may hold it; never raises, whatever the bytes.

        Parameters
        ----------
        kind : type of an event that does not say its own
        received_at : stamped on events, RFC 3339; "" leaves them without
        tenant : the one that the sender may write for, whose an event is that does not say; "" for any
        """
        try:
            fields = parse(line)
            if tenant:
                said = fields.get("tenant") or tenant
                if said != tenant:
                    return Admitted(TOPICS[kind], b"", b"", stranger=str(said))
                if fields.get("type") == REFUSED:
                    raise unknown_type()  # it could hold an event of any tenant, to be handed in again
                fields["tenant"] = tenant
            return self._event(fields, line, kind, received_at, changed=bool(tenant))
        except InvalidEvent as error:
            key = f"{tenant}\0".encode() if tenant else b""
            return Admitted(TOPICS[kind], key, self._broken(line, error), error)

    def _event(self, fields: Fields, line: bytes, kind: str, received_at: str, *, changed: bool) -> Admitted:
        named = kind if fields.get("type") is None else fields["type"]
        if records.topic(fields, kind) == records.GENERATIONS:
            changed |= self._as_configured(fields)
        if named == "generation":
            fit(fields, len(line))
        changed |= len(line) > MAX_TEXT_BYTES or b"\n" in line
        if named != "generation" and fields.get("type") is None:
            fields["type"] = named
            changed = True
        counts = self._redact(fields)
        if counts:
            counted(fields, counts)
        if received_at:
            fields["received_at"] = received_at
        topic = records.topic(fields, kind)
        if counts or received_at or changed:
            line = encode(fields)
        if len(line) > MAX_LINE_BYTES:
            raise InvalidEvent(
                "too_large", "", f"the line has {len(line):,} bytes; the log takes {MAX_LINE_BYTES:,}"
            )
        key = records.key(fields, topic)
        self.parsed.keep(line, fields)
        whose = (tenant_of(key), str(fields.get("team") or "")) if topic == records.GENERATIONS else None
        return Admitted(topic, key, line, whose=whose)

    def _as_configured(self, fields: Fields) -> bool:
        """Bring a call in line with what holds for its route; tell whether that changed anything."""
        held = self._of_route(records.route(fields))
        changed = False
        if held.team and not fields.get("team"):
            fields["team"] = held.team
            changed = True
        return (not held.content and _without_content(fields)) or changed

    def _redact(self, fields: Fields) -> dict[str, int]:
        counts: dict[str, int] = {}
        texts: list[str] = []
        for name, value in fields.items():
            if name not in KEPT:
                texts.append(name)
                collect(value, texts)
        # Nearly every event is clean: one glance at all its texts together says so.
        if not self._redactor.clean("\n".join(texts)):
            found = cleaned(fields, self._redactor, counts)
            fields.clear()
            fields.update(found)
        return counts

    def _broken(self, line: bytes, error: InvalidEvent) -> bytes:
        """Redact what is no event as plain text; of what is long, keep the beginning and the hash.

        The same of what can be read now: where a secret was all that was wrong, the line without it would be
        taken for an event, of whichever tenant it names.
        """
        if len(line) <= MAX_ORIGINAL_BYTES:
            text = line.replace(b"\n", b" ").decode("utf-8", "surrogateescape")
            clean = self._redactor.text(text)[0].encode("utf-8", "surrogateescape")
            if not _readable(clean):
                return clean
        original = Original.itself(line)
        head, field, message = (
            self._redactor.text(text)[0] for text in (original.head, error.field, error.message)
        )
        told = InvalidEvent(error.reason, field, message)
        return stub(Original(head, original.size, original.sha256), told)


def _readable(line: bytes) -> bool:
    try:
        parse(line)
    except InvalidEvent:
        return False
    return True


def _without_content(fields: Fields) -> bool:
    """Take out what somebody wrote, and every field that nobody knows; tell whether there was any."""
    unwanted = [name for name in fields if name in CONTENT or name not in GENERATION]
    for name in unwanted:
        del fields[name]
    changed = bool(unwanted)
    for name, known in PARTS.items():
        part = fields.get(name)
        if isinstance(part, dict) and not part.keys() <= known:
            fields[name] = {key: value for key, value in part.items() if key in known}
            changed = True
    return changed


def redact_line(line: bytes, kinds: Sequence[str]) -> bytes:
    """Return one line as the log may hold it.

    >>> redact_line(b'{"prompt":"I am ana@example.org"}', ["email"])
    b'{"prompt":"I am [email]","redactions":{"email":1}}'
    """
    return Border(kinds).admit(line).line


def gathered(admitted: Iterable[Admitted]) -> dict[str, list[Record]]:
    """Return records by topic: up to fifty lines of one key each, in order; strangers are left out."""
    lines = ((one.topic, one.key, one.line) for one in admitted if one.stranger is None)
    return records.gathered(lines, Record)


def tenant_of(key: bytes) -> str:
    """Return whose the lines of a record are, by its key; a line that is no object has nobody's."""
    tenant, end, _ = key.partition(b"\0")
    return tenant.decode("utf-8", "replace") if end and tenant else "default"
