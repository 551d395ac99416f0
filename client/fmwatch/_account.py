"""What a client has counted: every event is sent, waiting, spooled or lost, at every moment."""

from __future__ import annotations

import threading
from array import array
from typing import Dict, List, Mapping, Sequence, Tuple

from fmwatch._forking import importing
from fmwatch._id import uuid7
from fmwatch.reasons import LOST, STRIPPED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

    Places = Union[array[int], memoryview[int]]

NAMES = ("captured", "sent", *STRIPPED, *LOST)  # append only, see LOST
SEGMENT, LINE = 2 * len(NAMES), 2 * len(NAMES) + 1  # how far what lies on disk has been sent
PLACES = 2 * len(NAMES) + 2
_LABEL_CHARACTERS = 100
_AT = {name: at for at, name in enumerate(NAMES)}
_CAPTURED, _SENT = _AT["captured"], _AT["sent"]
_TOLD = len(NAMES)  # from here on: the same numbers, as a receiver has confirmed them
_TELLS = ("captured", *STRIPPED, *LOST)

Values = Sequence[int]


class Account:
    """The numbers of one client since it began; whoever changes one holds `lock`.

    Parameters
    ----------
    client : its id; by default a new one
    labels : whose events they are: tenant, team, app

    Attributes
    ----------
    waiting, spooled : events in memory, and on disk
    places : all other numbers; they may lie where they outlive the process
    """

    def __init__(self, client: str = "", labels: Mapping[str, str] = {}) -> None:
        self.client = client or uuid7()
        self.labels = dict(labels)
        # Re-entrant: a signal handler may capture in the middle of a capture.
        self.lock = threading.RLock()
        self.places: Places = array("Q", [0] * PLACES)
        self.waiting = 0
        self.spooled = 0

    def captured(self) -> None:
        """Count an event that waits now; the lock is held."""
        self.places[_CAPTURED] += 1
        self.waiting += 1

    def lost_at_once(self, reason: str) -> None:
        """Count an event that was captured and is lost."""
        with self.lock:
            self.places[_CAPTURED] += 1
            self.places[_AT[reason]] += 1

    def add(self, name: str, n: int = 1) -> None:
        """Add to a number."""
        with self.lock:
            self.places[_AT[name]] += n

    def settle(self, n: int, lost: int, reason: str) -> None:
        """Count what a receiver has taken of `n` events and what it has not; the lock is held."""
        self.places[_SENT] += n - lost
        self.places[_AT[reason]] += lost

    def value(self, name: str) -> int:
        """Return one of the numbers."""
        return self.places[_AT[name]]

    def reasons(self) -> Dict[str, int]:
        """Return why how many events were lost."""
        return {name: n for name in LOST if (n := self.places[_AT[name]])}

    def open(self) -> int:
        """Return how many events were captured and are neither sent nor lost."""
        return self.value("captured") - self.value("sent") - sum(self.reasons().values())

    def over(self) -> bool:
        """Tell whether no event is on its way any more, and a receiver has confirmed every number."""
        with self.lock:
            return not (self.spooled or self.open() > 0 or self.untold())

    def untold(self) -> bool:
        """Tell whether there is a number that no receiver has confirmed."""
        return any(self.places[_AT[name]] != self.places[_TOLD + _AT[name]] for name in _TELLS)

    def words(self, in_hand: int, spooled: bool) -> Tuple[str, Values]:
        """Return the numbers as the header Fmwatch-Counts says them, and what `told` wants of them.

        Parameters
        ----------
        in_hand : events of the batch that goes with them; if it is taken, they are sent
        spooled : they come from disk
        """
        said: List[str] = [f"client={_quoted(self.client)}"]
        said += [
            f"{name}={_quoted(value[:_LABEL_CHARACTERS])}" for name, value in self.labels.items() if value
        ]
        with self.lock:
            values = list(self.places[:_TOLD])
            said += [self._word(name) for name in _TELLS if name == "captured" or values[_AT[name]]]
            waiting = self.waiting - (0 if spooled else in_hand)
            on_disk = self.spooled - (in_hand if spooled else 0)
        said += [f"sent={values[_SENT] + in_hand}", f"waiting={waiting}", f"spooled={on_disk}"]
        return "; ".join(said), values

    def told(self, values: Values) -> None:
        """Say that a receiver knows these numbers now."""
        with self.lock:
            for at, value in enumerate(values):
                self.places[_TOLD + at] = value

    def _word(self, name: str) -> str:
        at = _AT[name]
        return f"{name}={self.places[at]}/{self.places[at] - self.places[_TOLD + at]}"


def _quoted(text: str) -> str:
    """Return a text with everything percent-encoded that a header's syntax could mind."""
    if text.isascii() and text.replace("-", "").replace("_", "").isalnum():
        return text
    with importing():
        from urllib.parse import quote  # noqa: PLC0415 - slow to import
    return quote(text)
