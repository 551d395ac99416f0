"""One route's prompts or responses: collected as a reference, then bet against, in blocks of eight."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from detectors.monitors.base import Series, Signal
from detectors.monitors.bets import shifted
from detectors.monitors.engine import Engine
from detectors.monitors.incident import LOG_EVIDENCE, MINUTES_PER_DAY, signal_from, signal_state
from detectors.monitors.localise import Counts, estimate
from detectors.monitors.slices import concentrated
from detectors.monitors.snapshot import State
from detectors.monitors.texts import Ints, Texts
from detectors.monitors.values import BY, Values
from detectors.monitors.whereabouts import Placed, groups, is_spelling
from detectors.monitors.witness import STAKES, Witness

Floats = NDArray[np.float64]

BLOCK = 8
LEAST_TEXTS = 1_600  # of both halves: fewer, and the reference itself is noise
PREFERRED_TEXTS = 6_000
RECENT = 1_024
KEPT_BLOCKS = 4096
EXAMPLES = 10  # enough to tell what they have in common
LONGEST_NAME = 80  # of a slice, in a sentence
OUTSIDE = 0.05  # share of reference texts beyond the witness's cut
LEAST_ODDS = 1.5  # of a share outside that is bet against when texts seem to be back
CONFIDENCE = 1.96
BELIEVED = 0.5  # of each text, when the start is looked for: the direction was found in these very texts


class TextTrack:
    """Collect a reference until it is due and large enough, then tell when texts leave it.

    Parameters
    ----------
    due : minute from which the reference may be frozen
    reference_days : over how many days the texts kept are spread
    months : between false signals

    Attributes
    ----------
    values : numbers of what the texts given are known to be
    """

    def __init__(self, due: int, reference_days: int, months: float) -> None:
        self.due, self.months, self.values = due, months, Values()
        self.per_hour = math.ceil(PREFERRED_TEXTS / (24 * reference_days)) + 2
        self.learning: list[Texts] = []
        self.slot, self.in_slot = -1, 0
        self.witness: Witness | None = None
        self.engine = Engine(np.full((1, len(STAKES)), 1.0 / len(STAKES)), np.log([months]), due)
        self.waiting: Texts | None = None
        self.recent: Texts | None = None
        self.blocks: list[tuple[int, Floats]] = []
        self.standing: Signal | None = None
        self.cut, self.log_r, self.last = 0.0, -math.inf, due

    def take(self, texts: Texts) -> list[Signal]:
        """Take the next texts; return what was found, series and route still to be filled in."""
        if self.witness is None:
            texts = texts[self._learn(texts) :]
        found = self._watch(texts) if len(texts) else []
        self._forget()
        return found

    def _watch(self, texts: Texts) -> list[Signal]:
        waiting = self.waiting.then(texts) if self.waiting is not None else texts
        whole = len(waiting) // BLOCK * BLOCK
        self.waiting = waiting[whole:]
        found = [self._block(waiting[at : at + BLOCK]) for at in range(0, whole, BLOCK)]
        return [signal for signal in found if signal is not None]

    def _learn(self, texts: Texts) -> int:
        """Keep texts of the reference; return how many of these belong to it."""
        slot = texts.minute // 60
        position = np.arange(len(slot)) - np.searchsorted(slot, slot, side="left")
        position += np.where(slot == self.slot, self.in_slot, 0)
        kept = position < self.per_hour
        already = sum(len(part) for part in self.learning)
        complete = (texts.minute >= self.due) & (already + np.cumsum(kept) - kept >= LEAST_TEXTS)
        count = int(complete.argmax()) if complete.any() else len(texts)
        kept[count:] = False
        self.learning.append(texts.nameless(kept))
        self.slot, self.in_slot = int(slot[-1]), int(position[-1]) + 1
        if complete.any():
            self._freeze(int(texts.minute[count]))
        return count

    def _forget(self) -> None:
        """Keep no more values than are needed to name a slice."""
        halves = (self.witness.a, self.witness.b) if self.witness else ()
        parts = [*self.learning, *(half.texts for half in halves), self.waiting, self.recent]
        anew = self.values.forget([part.slices for part in parts if part is not None])
        if anew is None:
            return
        self.learning = [part.renumbered(anew) for part in self.learning]
        self.waiting = self.waiting.renumbered(anew) if self.waiting is not None else None
        self.recent = self.recent.renumbered(anew) if self.recent is not None else None
        if self.witness is not None:
            self.witness.renumber(anew)

    def _freeze(self, minute: int) -> None:
        self.witness = Witness.of(self.learning[0].then(*self.learning[1:]))
        self.learning = []
        self.engine.reset([0], minute)

    def _block(self, block: Texts) -> Signal | None:
        witness, minute = self.witness, int(block.minute[-1])
        if witness is None:
            return None
        recent = (self.recent.then(block) if self.recent is not None else block)[-RECENT:]
        self.recent = recent
        if self.standing is not None:
            return self._recover(witness, block, minute)
        llr = witness.bet(block.rows, block.hour)
        self.blocks = [*self.blocks[-KEPT_BLOCKS:], (minute, llr)]
        if not len(self.engine.update(minute, np.zeros(1, dtype=np.int64), llr[None, :])):
            return None
        self.standing = self._raised(witness, recent, minute)
        return self.standing

    def _raised(self, witness: Witness, recent: Texts, minute: int) -> Signal:
        self.cut, self.log_r, self.last = witness.cut(), -math.inf, minute + 1
        score = witness.scores(recent.rows)
        low, began, high = self._start(recent.minute, score > self.cut)
        first = int(np.searchsorted(recent.minute, began))
        own, score = recent[first:], score[first:]
        now = Placed(own, score > self.cut)
        before = Placed(witness.b.texts, witness.scores(witness.b.texts.rows) > self.cut)
        share, share_low, share_high = _wilson(float(now.outside.sum()), len(own))
        facts, said = self._looked_into(now, before)
        return Signal(
            "prompt_drift", "raised", Series("route", ""), "", minute, began, low, high, share, OUTSIDE,
            share_low, share_high, "ratio", len(own), (), 0.0, "",
            _farthest(own, score), said, facts,
        )  # fmt: skip

    def _looked_into(self, recent: Placed, reference: Placed) -> tuple[dict[str, str], str]:
        """Return what moved and where, as facts and as sentences."""
        spelled = is_spelling(recent, reference)
        facts = {"what": "spelling" if spelled else "topics"}
        said = [f"Share of texts in a direction where {OUTSIDE:.0%} of the reference lies."]
        if spelled:
            said.append("It is their spelling: texts spelled as ever have not moved.")
        slices = groups(recent, reference, self.values.names)
        found = concentrated(slices)
        if found:
            n, outside = (
                sum(getattr(one, name) for one in slices if one.by == found.by) for name in ("n", "bad")
            )
            inside, elsewhere = found.bad / found.n, (outside - found.bad) / (n - found.n)
            facts |= {"slice": f"{found.by} {found.value}"}
            said.append(
                f"Most of it in {found.by} {found.value[:LONGEST_NAME]}: {inside:.0%} of those texts, "
                f"{elsewhere:.0%} of the others."
            )
        elif any(one.n < len(recent.texts) for one in slices if one.value):
            said.append(f"No {', '.join(BY[:-1])} or {BY[-1]} stands out.")
        texts = len(reference.texts)
        if texts < PREFERRED_TEXTS // 2:
            said.append(f"The reference has {texts:,} texts a half; 3,000 are better.")
        return facts, " ".join(said)

    def _recover(self, witness: Witness, block: Texts, minute: int) -> Signal | None:
        """Bet that texts are back in the reference, as incidents of rates do."""
        standing = self.standing
        if standing is None:
            return None
        outside = float((witness.scores(block.rows) > self.cut).sum())
        # The direction was found in the very texts that gave the share: at most half of its odds is believed.
        q = float(shifted(np.array(OUTSIDE), LEAST_ODDS))
        q = max(q, float(shifted(np.array(standing.low), 0.5)))
        llr = outside * math.log(OUTSIDE / q) + (len(block) - outside) * math.log((1 - OUTSIDE) / (1 - q))
        elapsed = max(minute + 1 - self.last, 0) / MINUTES_PER_DAY
        self.log_r = float(np.logaddexp(self.log_r, math.log(elapsed) if elapsed else -math.inf)) + llr
        self.last = minute + 1
        return self.released(minute) if self.log_r >= LOG_EVIDENCE else None

    def released(self, minute: int) -> Signal | None:
        """End what stands after this minute and return the signal of it; None where nothing stands."""
        standing = self.standing
        if standing is None:
            return None
        self.standing, self.blocks = None, []
        if self.witness is not None:
            self.witness.reset()
        self.engine.reset([0], minute + 1)
        return ended(standing, minute, "Back in its reference.")

    @property
    def newest(self) -> int:
        """The minute of the last text; while the reference is learnt, its hour."""
        for texts in (self.waiting, self.recent):
            if texts is not None and len(texts):
                return int(texts.minute[-1])
        return self.slot * 60

    def _start(self, minute: Ints, outside: NDArray[np.bool_]) -> tuple[int, int, int]:
        """Return the posterior of the start: 2.5 %, median, 97.5 %.

        The direction is known by now, so that the recent texts tell the start better than the bets made while
        it was learnt; where the start lies before them, the bets must do.
        """
        n = np.full(len(minute), BELIEVED)
        counts = Counts(minute, np.zeros_like(minute), n, n * outside, np.full(len(minute), OUTSIDE))
        found = estimate(counts, max(int(self.engine.since[0]), int(minute[0]) - 1))
        if found.began > minute[len(minute) // 10]:
            return found.low, found.began, found.high
        return self._start_of_bets()

    def _start_of_bets(self) -> tuple[int, int, int]:
        """Return the same from the bets."""
        minute = np.array([at for at, _ in self.blocks], dtype=np.int64)
        llr = np.stack([nats for _, nats in self.blocks])
        gap = np.maximum(np.diff(minute, prepend=int(self.engine.since[0])), 1)
        log_p = np.cumsum(llr[::-1], axis=0)[::-1] + np.log(gap)[:, None]
        p = np.exp(log_p - log_p.max()).sum(axis=1)
        places = np.searchsorted(np.cumsum(p / p.sum()), [0.025, 0.5, 0.975]).clip(0, len(p) - 1)
        low, middle, high = minute[places].tolist()
        return low, middle, high

    def state(self) -> State:
        """Return plain data for a snapshot."""
        plain = ("due", "months", "per_hour", "slot", "in_slot", "cut", "log_r", "last")
        return {
            **{name: getattr(self, name) for name in plain},
            "values": self.values.names,
            "learning": [part.state() for part in self.learning],
            "witness": self.witness.state() if self.witness else None,
            "engine": self.engine.state(),
            "waiting": self.waiting.state() if self.waiting is not None else None,
            "recent": self.recent.state() if self.recent is not None else None,
            "blocks": [[minute, llr] for minute, llr in self.blocks],
            "standing": signal_state(self.standing) if self.standing else None,
        }

    @classmethod
    def from_state(cls, state: State) -> TextTrack:
        """Return the track of a `state`."""
        track = cls(state["due"], 1, state["months"])
        track.values = Values(state["values"])
        for name in ("per_hour", "slot", "in_slot", "cut", "log_r", "last"):
            setattr(track, name, state[name])
        track.learning = [Texts(*part) for part in state["learning"]]
        track.witness = Witness.from_state(state["witness"]) if state["witness"] else None
        track.engine.load(**state["engine"])
        track.waiting = Texts(*state["waiting"]) if state["waiting"] else None
        track.recent = Texts(*state["recent"]) if state["recent"] else None
        track.blocks = [(minute, llr) for minute, llr in state["blocks"]]
        track.standing = signal_from(state["standing"]) if state["standing"] else None
        return track


def ended(standing: Signal, minute: int, note: str) -> Signal:
    """Return the signal that one is over."""
    return replace(standing, state="cleared", minute=minute, examples=(), note=note)


def _farthest(texts: Texts, score: NDArray[np.float32]) -> tuple[str, ...]:
    """Return the ids of the texts farthest out; of an erased call there is none."""
    order = np.argsort(-score, kind="stable").tolist()
    return tuple(islice((texts.ids[i] for i in order if texts.ids[i]), EXAMPLES))


def _wilson(hits: float, n: int) -> tuple[float, float, float]:
    """Return a share and its 95 % interval."""
    if not n:
        return 0.0, 0.0, 1.0
    share, z2 = hits / n, CONFIDENCE**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = CONFIDENCE * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return share, max(middle - reach, 0.0), min(middle + reach, 1.0)
