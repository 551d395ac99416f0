"""Whose data is meant, and the conditions by which its rows are known, as SQL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from store.erasures import EVERY, LETTER_DIGEST, digest, digest_of

# Every table that holds rows of a tenant; of an erased one even the marks of its users go, for they name it.
TABLES = (
    "embeddings",
    "scores",
    "feedback",
    "dead_letter_replays",
    "dead_letters",
    "generations",
    "changes",
    "signals",
    "alerts",
    "alert_words",
    "content_reads",
    "series_state",
    "deliveries",
    "advice",
    "advice_days",
    "deadlines",
    "minutes",
    "hours",
    "receipts",
    "erasures",
)
MARKED_EVENTS = "SELECT tenant, digest FROM erasures WHERE kind = 'event'"
_MARKED_LETTERS = "SELECT digest FROM erasures WHERE kind = 'letter'"
_PLACE = "tenant, topic, partition, `offset`, line"
_SURE_LENGTH = 8  # a shorter hash may stand in a text by chance: it counts only as a whole JSON string

Conditions = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Subject:
    """A user, in one tenant or wherever, or a whole tenant.

    Attributes
    ----------
    user_hash : as events carry it; empty where all of a tenant is meant
    tenant : empty where a user is meant in whichever tenant

    Raises
    ------
    ValueError : nobody is named
    """

    user_hash: str = ""
    tenant: str = ""

    def __post_init__(self) -> None:
        if not (self.user_hash or self.tenant):
            raise ValueError("name a user hash, a tenant, or both")

    @property
    def kind(self) -> str:
        """Which of the two it is."""
        return "user" if self.user_hash else "tenant"

    @property
    def digest(self) -> str:
        """What is kept of the name."""
        return digest(self.user_hash or self.tenant)

    @property
    def scope(self) -> str:
        """The tenant that a mark is for; of an erased tenant not even the name is kept."""
        return (self.tenant or EVERY) if self.user_hash else EVERY

    @property
    def needle(self) -> str:
        r"""What in a line that is no event betrays it to be this user's, for RE2 and for `re` over bytes.

        The hash counts as a whole word; before it may stand an escape of JSON, as in `\ncustomer-1`.
        """
        name = re.escape(self.user_hash)
        if len(self.user_hash) < _SURE_LENGTH:
            return f'"{name}"'
        return rf"(?:^|\W|\\[bfnrt]|\\u[0-9A-Fa-f]{{4}}){name}(?:\W|$)"

    @property
    def bound(self) -> dict[str, object]:
        """Return what questions bind; statements that the engine writes down never do."""
        return {"user": self.user_hash, "needle": self.needle}

    @property
    def calls(self) -> str:
        """The condition by which the calls are known."""
        if self.kind == "tenant":
            return self._of_tenant(self.tenant)
        own = f"user_hash != '' AND {digest_of('user_hash')} = '{self.digest}'"
        return f"{own} AND {self._of_tenant(self.tenant)}" if self.tenant else own

    @property
    def letters(self) -> str:
        """The condition by which dead letters are known before they are marked; it names the user."""
        if self.kind == "tenant":
            return self._of_tenant(self.tenant)
        own = f"SELECT tenant, event_id FROM generations WHERE {self.calls}"  # noqa: S608 - digests, quoted
        said = (
            "(match(original, {needle:String}) "
            "OR JSONExtractString(original, 'user_hash') = {user:String} "
            f"OR (tenant, JSONExtractString(original, 'event_id')) IN ({own}))"
        )
        # A line that is no object has nobody's tenant: it counts as the default one's.
        return f"{said} AND {self._of_tenant(self.tenant, 'default')}" if self.tenant else said

    def unmarked(self) -> Conditions:
        """Return what an erasure would find, by table, as questions."""
        events = f"SELECT tenant, event_id FROM generations WHERE {self.calls}"  # noqa: S608 - digests, quoted
        return self._conditions(f"(tenant, event_id) IN ({events})", self.letters)

    def marked(self) -> Conditions:
        """Return the same once it is marked; nothing in these conditions names anybody."""
        return self._conditions(
            f"(tenant, {digest_of('event_id')}) IN ({MARKED_EVENTS})",
            f"{LETTER_DIGEST} IN ({_MARKED_LETTERS})",
        )

    def _conditions(self, events: str, letters: str) -> Conditions:
        if self.kind == "tenant":
            return dict.fromkeys(TABLES, self.calls)
        name = digest_of("JSONExtractString(extra, 'user_hash')")
        said = f"{name} = '{self.digest}'"
        if self.tenant:
            said = f"({said} AND {self._of_tenant(self.tenant)})"
        return {
            "embeddings": events,
            "scores": events,
            "feedback": f"{events} OR {said}",
            # Before the letters, for they are found by them.
            "dead_letter_replays": f"({_PLACE}) IN (SELECT {_PLACE} FROM dead_letters WHERE {letters})",  # noqa: S608 - same
            "dead_letters": letters,
            "generations": self.calls,
        }

    @staticmethod
    def _of_tenant(*tenants: str) -> str:
        named = ", ".join(f"'{digest(name)}'" for name in tenants)
        return f"{digest_of('tenant')} IN ({named})"
