"""What clients say that they have counted, added up once, however often they say it."""

from __future__ import annotations

import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping

from stream.client_counts import Account, accounts, receipt_counts
from stream.meter import Meter
from stream.metrics import CAPTURED, LOSSES, OTHER, STRIPPED

Whose = tuple[str, str]  # tenant, team
Told = Callable[[Whose, Mapping[str, int]], object]

MOST_CLIENTS = 10_000
_STRIPPED = frozenset(STRIPPED.labels[0].values)

_log = logging.getLogger(__name__)


class ClientCounts:
    """Adds up what is new in the headers `Fmwatch-Counts` of requests that were taken.

    Only what a client has no confirmation of counts, and of that only what was not seen here already: so a
    repeated request counts once, and neither a restart nor several gateways count twice. What is forgotten
    of a client that says nothing for long, or was said to another gateway whose answer was lost, may count
    twice.

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
        for account in accounts(header):
            self._add(account, (tenant or account.tenant or "default", account.team))

    def _add(self, account: Account, whose: Whose) -> None:
        seen = self._seen.setdefault(account.client, {})
        self._seen.move_to_end(account.client)
        found: Counter[str] = Counter()
        for name, n in _new(account, seen):
            found[name] += n
        self._count(found)
        if told := receipt_counts(found):
            self.told(whose, told)
        while len(self._seen) > self.most:
            self._seen.popitem(last=False)

    def _count(self, found: Mapping[str, int]) -> None:
        for name, n in found.items():
            if name == "captured":
                self.meter.count(CAPTURED, n)
            elif name in _STRIPPED:
                self.meter.count(STRIPPED, n, name)
            else:
                self.lost[name] += n
                self.meter.count(LOSSES, n, name)
                _log.warning("a client lost %d events: %s", n, name)


def _new(account: Account, seen: dict[str, int]) -> Iterator[tuple[str, int]]:
    """Yield what was not counted before, and remember it; reasons made up are one."""
    for name, total, unconfirmed in account.numbers:
        new = min(unconfirmed, total - seen.get(name, 0))
        if name != OTHER:  # several words share it, so that it has no total
            seen[name] = max(seen.get(name, 0), total)
        if new > 0:
            yield name, new
