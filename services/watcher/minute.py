"""The watcher: closed minutes in, signals out, each minute once and in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from detectors.monitors.base import Monitor, Observations, Signal
from detectors.monitors.snapshot import without
from services.watcher.left_open import left_open
from services.watcher.states import States
from store.database import Database
from store.erasures import Erasures
from store.meta import MonitorState, load_monitors, save_monitors
from store.observations import read
from store.queries import first_minute
from store.writer import Writer
from stream.log import Log
from stream.signals import publish

MINUTES_PER_DAY = 24 * 60
# A snapshot holds the references: it is too large for every minute, and for every day of a long catching up.
SNAPSHOT_MINUTES = 60
SNAPSHOT_MINUTES_BEHIND = 7 * MINUTES_PER_DAY
CLOSE_AFTER_MINUTES = 2  # a minute is closed once its stragglers had this long to arrive


class Watcher:
    """Feeds closed minutes to the monitors and publishes what they find.

    The same minutes give the same signals, whether they come one by one or a day at a time, and a signal's
    id is a function of what it says: after a crash the last stretch is watched again and nothing doubles.

    Parameters
    ----------
    monitors : makes fresh ones; their states are restored from the store's snapshots
    encoder : version whose embeddings the monitors are shown; empty shows them all
    erased : knows which calls are to be forgotten
    """

    _position: int | None
    _looked: int  # the day on which what nobody knows of was last looked for

    def __init__(
        self,
        database: Database,
        monitors: Callable[[], Sequence[Monitor]],
        log: Log,
        encoder: str = "",
        erased: Erasures | None = None,
    ) -> None:
        self._database = database
        self._fresh = monitors
        self._log = log
        self._encoder = encoder
        self._erased = erased or Erasures(database)
        self._writer = Writer(database)
        self._states = States(database)
        self._restore()

    @property
    def position(self) -> int | None:
        """The first minute not watched yet; None while nothing is stored."""
        return first_minute(self._database) if self._position is None else self._position

    def advance(self, until: int) -> list[Signal]:
        """Watch the closed minutes before `until`, but at most to the next midnight; return the signals.

        Parameters
        ----------
        until : minutes since the epoch, exclusive

        Raises
        ------
        LogError, StoreUnavailable : the next call goes on from the last snapshot
        """
        if self._torn:
            self._restore()
        start = self.position
        if start is None or start >= until:
            return []
        end = min(until, (start // MINUTES_PER_DAY + 1) * MINUTES_PER_DAY)
        observations = read(self._database, start, end, self._encoder)
        signals = self._take(observations, end)
        if end == until:
            signals += self._left_open(end)
        # What a person has said shows at once in what is watched.
        late = end - self._saved >= (SNAPSHOT_MINUTES if end == until else SNAPSHOT_MINUTES_BEHIND)
        if late or observations.rulings:
            self.save()
        return signals

    def _take(self, observations: Observations, end: int) -> list[Signal]:
        self._torn = True  # a monitor takes a minute once: shown it again, it would count everything twice
        signals = [signal for monitor in self._monitors for signal in monitor.update(observations)]
        signals = [self._naming_nobody(signal) for signal in signals]
        signals.sort(key=lambda signal: (signal.minute, signal.state, signal.signal, signal.series))
        self._tell(signals)
        self._position, self._torn = end, False
        return signals

    def _tell(self, signals: Sequence[Signal]) -> None:
        publish(self._log, signals)
        self._writer.signals(signals)

    def _left_open(self, end: int) -> list[Signal]:
        """Once a day, and after a start, end what no monitor of now knows of."""
        day = end // MINUTES_PER_DAY
        if day == self._looked:
            return []
        signals = left_open(self._database, self._monitors, end - 1)
        self._tell(signals)
        self._looked = day
        return signals

    def save(self) -> None:
        """Keep where the monitors stand; what is watched after this is watched again after a crash."""
        end = self._position
        if end is None or self._torn:
            return
        states = {monitor.name: MonitorState(end, self._snapshot(monitor)) for monitor in self._monitors}
        save_monitors(self._database, states)
        self._saved = end
        self._states.tell(self._monitors, end)

    def forget(self, *, tenant: bool) -> None:
        """Go on without the calls that were erased; where a whole tenant was, from the first minute."""
        if tenant:
            self._monitors, self._position, self._saved, self._torn = self._fresh(), None, 0, False
            self._looked = -1
            return
        self.save()
        self._restore()

    def _snapshot(self, monitor: Monitor) -> bytes:
        snapshot = monitor.snapshot()
        return without(snapshot, self._erased.id) if self._erased.of_events else snapshot

    def _naming_nobody(self, signal: Signal) -> Signal:
        tenant = signal.series.tenant
        examples = tuple(one for one in signal.examples if one and not self._erased.call(tenant, one))
        return signal if examples == tuple(signal.examples) else replace(signal, examples=examples)

    def _restore(self) -> None:
        """Begin where the last snapshot ends, or at the first minute."""
        self._monitors = self._fresh()
        self._position = None
        self._saved = 0  # the position that the last snapshot holds
        self._looked = -1
        self._torn = False  # the monitors were shown minutes whose signals nobody was told
        states = load_monitors(self._database)
        if states.keys() != {monitor.name for monitor in self._monitors}:
            return  # a new store, or other monitors than before: watch again from the first minute
        try:
            for monitor in self._monitors:
                monitor.restore(states[monitor.name].state)
        except ValueError:  # of an older version
            self._monitors = self._fresh()
            return
        self._position = self._saved = max(state.minute for state in states.values())
