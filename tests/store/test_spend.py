"""What teams have spent is the same from the store as from the calls that a monitor sees."""

from __future__ import annotations

from collections import Counter

import numpy as np

from detectors.monitors.ledger import SLOT_MINUTES
from store import observations
from store.database import Database
from store.spend import StoreSpend
from store.writer import Writer
from tests.store.fleet import MINUTE, batch, calls, verdicts

DAY = 1440


def test_spend(database: Database) -> None:
    """Calls, tokens and money of each team, leaf and quarter of an hour are those of the calls themselves."""
    events = calls(300)
    for _ in range(2):  # a call that is stored twice is one
        Writer(database).generations([(batch(events), verdicts(events))])
    seen = observations.read(database, MINUTE, MINUTE + DAY)
    teams = sorted(set(seen.teams))[:1]
    expected: Counter[tuple[object, ...]] = Counter()
    for i in range(len(seen)):
        priced = not np.isnan(seen.cost_usd[i])
        tokens = int(np.nan_to_num(seen.input_tokens[i]) + np.nan_to_num(seen.output_tokens[i]))
        slot = int(seen.minute[i]) // SLOT_MINUTES * SLOT_MINUTES
        numbers = {
            "calls": 1,
            "priced": priced,
            "tokens": tokens * priced,
            "nano": int(np.round(np.nan_to_num(seen.cost_usd[i]) * 1e9)),
            "unpriced": int(seen.unpriced[i]),
        }
        if seen.team_of(i) in teams:
            key = (seen.leaves[seen.leaf[i]], seen.team_of(i), slot)
            expected.update({(*key, name): int(n) for name, n in numbers.items()})
    rows = StoreSpend(database).spent(teams, MINUTE, MINUTE + DAY)
    found = {
        (row.leaf, row.team, row.minute, name): getattr(row, name)
        for row in rows
        for name in ("calls", "priced", "tokens", "nano", "unpriced")
    }
    assert len(rows) > 1
    assert found == dict(expected)
    assert StoreSpend(database).calls(MINUTE, MINUTE + DAY) == {"default": len(seen)}
    assert StoreSpend(database).spent(["no such team"], MINUTE, MINUTE + DAY) == []
