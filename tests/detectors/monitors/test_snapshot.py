"""A snapshot forgets calls and keeps what was measured."""

from __future__ import annotations

import numpy as np

from detectors.monitors.snapshot import pack, unpack, without


def test_without() -> None:
    """Ids that are gone are empty where numbers stand beside them, and no examples; all else is the same."""
    values = np.arange(3, dtype=np.float32)
    state = {"recent": [[values, ["a", "b", "c"]]], "signal": {"examples": ["b", "c"], "note": "b"}}
    found = unpack("m", "1", without(pack("m", "1", state), lambda one: one == "b"))
    (kept, ids) = found["recent"][0]
    assert kept.tolist() == values.tolist()
    assert ids == ["a", "", "c"]
    assert found["signal"] == {"examples": ["c"], "note": "b"}
