"""What gateways say while a tenant's calls are missed: whether traffic stopped, or got lost on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from detectors.monitors.base import Transit
from detectors.monitors.completeness import DELAY_MINUTES
from detectors.monitors.snapshot import State

KEPT_MINUTES = 3 * 1440
ENOUGH = 0.5  # of the calls that are usual: as many on the way, and it is not the traffic

Cause = Literal["traffic", "applications", "gateway", "store", "unknown"]


@dataclass
class _Sum:
    accepted: int = 0
    rejected: int = 0
    lost: int = 0

    def add(self, transit: Transit) -> None:
        """Add one minute of one team."""
        self.accepted += transit.accepted
        self.rejected += transit.rejected
        self.lost += sum(transit.lost.values())


class Receipts:
    """The receipts of the last days, by tenant and minute; they are known a quarter of an hour later."""

    def __init__(self) -> None:
        self._minutes: dict[str, dict[int, _Sum]] = {}

    def take(self, transits: Sequence[Transit]) -> None:
        """Add receipts of further minutes."""
        for one in transits:
            self._minutes.setdefault(one.tenant, {}).setdefault(one.minute, _Sum()).add(one)

    def forget(self, now: int) -> None:
        """Let go of what is older than three days."""
        for minutes in self._minutes.values():
            for minute in [minute for minute in minutes if minute < now - KEPT_MINUTES]:
                del minutes[minute]

    def judge(self, tenant: str, began: int, now: int, usual: float) -> tuple[Cause, str]:
        """Return where the calls of a whole tenant are missed, and a sentence that says why.

        Parameters
        ----------
        began, now : minutes since the epoch
        usual : calls that are usual in a minute
        """
        until = now - DELAY_MINUTES
        known = {minute: one for minute, one in self._minutes.get(tenant, {}).items() if minute < until}
        if not known:
            return (
                "unknown",
                "No gateway has receipts of this tenant: traffic has stopped, or its way has.",
            )
        found = [one for minute, one in known.items() if minute >= began]
        enough = max(ENOUGH * usual * max(until - began, 1), 1.0)
        accepted, rejected, lost = (
            sum(getattr(one, name) for one in found) for name in ("accepted", "rejected", "lost")
        )
        if accepted >= enough:
            return (
                "store",
                f"Gateways took in {accepted:,} calls since: they got lost on the way to the store.",
            )
        if rejected >= enough:
            return (
                "gateway",
                f"Gateways refused {rejected:,} calls since: see the dead letters of that time.",
            )
        if lost >= enough:
            return "applications", f"Applications lost {lost:,} calls since, before they were sent."
        return self._stopped(tenant, began, until)

    def state(self) -> State:
        """Return plain data for a snapshot."""
        return {
            tenant: [[minute, asdict(one)] for minute, one in minutes.items()]
            for tenant, minutes in self._minutes.items()
        }

    @classmethod
    def from_state(cls, state: State) -> Receipts:
        """Return the receipts of a `state`."""
        made = cls()
        made._minutes = {
            tenant: {minute: _Sum(**one) for minute, one in minutes} for tenant, minutes in state.items()
        }
        return made

    def _stopped(self, tenant: str, began: int, until: int) -> tuple[Cause, str]:
        others = any(
            began <= minute < until and one.accepted
            for name, minutes in self._minutes.items()
            if name != tenant
            for minute, one in minutes.items()
        )
        if others:
            return (
                "traffic",
                "Gateways took in no such calls, but those of others: this tenant's have stopped.",
            )
        if until <= began:
            return "unknown", "What gateways took in since is not known yet."
        return "unknown", "Gateways took in nothing either: traffic has stopped, or does not reach a gateway."
