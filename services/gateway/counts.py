"""What clients say that they have counted, added up once, however often they say it."""

from __future__ import annotations

import logging
import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import unquote

from stream.meter import Meter
from stream.metrics import CAPTURED, LOSSES, OTHER, STRIPPED

Whose = tuple[str, str]  # tenant, team
Told = Callable[[Whose, Mapping[str, int]], object]

HEADER = "fmwatch-counts"
LOST = "lost_"
MOST_CLIENTS = 10_000
_LONGEST = 8_000  # characters of a header
_MOST_ACCOUNTS = 16  # of one header
_NUMBER = re.compile(r"([0-9]{1,12})/([0-9]{1,12})")  # in all / of it not confirmed yet
_CLIENT = re.compile(r"[0-9A-Za-z-]{1,64}")
_LOST = frozenset(LOSSES.labels[0].values)
_STRIPPED = frozenset(STRIPPED.labels[0].values)

_log = logging.getLogger(__name__)


class ClientCounts:
    """Adds up what is new in the headers `Fmwatch-Counts` of requests that were taken.

    A header holds one account or several, with commas between them. An account names its client and says
    of each number what it is in all, since the client began, and how much of that no answer has confirmed to
    it: `client=01a2...; team=support; captured=1200/50; queue_full=12/2`. Only what is not confirmed counts,
    and of that only what was not seen here already: so a repeated request counts once, and neither a restart
    nor several gateways count twice. What is forgotten of a client that says nothing for long, or was said to
    another gateway whose answer was lost, may count twice.

    Parameters
    ----------
    told : gets tenant and team with what is new: `captured`, and what was lost by reason, as `lost_...`
    most : clients that are remembered; those that said something last

    Attributes
    ----------
    lost : events by reason
    """

    def __init__(self, meter: Meter, told: Told = lambda *_: None, most: int = MOST_CLIENTS) -> None:
        self.meter = meter
        self.told = told
        self.most = most
        self.lost: Counter[str] = Counter()
        self._seen: OrderedDict[str, dict[str, int]] = OrderedDict()

    def note(self, header: str, tenant: str = "") -> None:
        """Add up one header; what is no number is ignored.

        Parameters
        ----------
        tenant : that the sender may write for, whatever the header says; "" for any
        """
        for account in header[:_LONGEST].split(",")[:_MOST_ACCOUNTS]:
            words = dict(part.strip().split("=", 1) for part in account.split(";") if "=" in part)
            client = words.pop("client", "")
            if _CLIENT.fullmatch(client):
                said = unquote(words.pop("tenant", ""))
                self._add(client, words, (tenant or said or "default", unquote(words.pop("team", ""))))

    def _add(self, client: str, words: dict[str, str], whose: Whose) -> None:
        seen = self._seen.setdefault(client, {})
        self._seen.move_to_end(client)
        lost: Counter[str] = Counter()
        captured = 0
        for name, n in _new(words, seen):
            if name == "captured":
                captured += n
                self.meter.count(CAPTURED, n)
            elif name in _STRIPPED:
                self.meter.count(STRIPPED, n, name)
            else:
                lost[name] += n
        for reason, n in lost.items():
            self.lost[reason] += n
            self.meter.count(LOSSES, n, reason)
            _log.warning("a client lost %d events: %s", n, reason)
        if captured or lost:
            self.told(whose, {"captured": captured, **{LOST + reason: n for reason, n in lost.items()}})
        while len(self._seen) > self.most:
            self._seen.popitem(last=False)


def _new(words: dict[str, str], seen: dict[str, int]) -> Iterator[tuple[str, int]]:
    """Yield what was not counted before, and remember it; reasons made up are one."""
    for word, text in words.items():
        numbers = _NUMBER.fullmatch(text)
        if numbers is None:
            continue
        name = word if word == "captured" or word in _LOST or word in _STRIPPED else OTHER
        total, unconfirmed = int(numbers[1]), int(numbers[2])
        new = min(unconfirmed, total - seen.get(name, 0))
        if name != OTHER:  # several words share it, so that it has no total
            seen[name] = max(seen.get(name, 0), total)
        if new > 0:
            yield name, new
