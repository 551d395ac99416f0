"""What commands offer to choose from, without loading the rooms that know it, is what these know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import pytest

from detectors.monitors.readiness import Stage
from services.advisor.build import LISTS
from services.advisor.history import KINDS
from services.alerter.alert import Severity, State
from services.cli.alerts import SERIES_STATES, SEVERITIES, STATES
from services.cli.catalogue import KINDS as OBJECTIONS
from services.cli.catalogue import NAMES
from services.cli.gate import GRADERS
from services.gate import golden


@pytest.mark.parametrize(
    ("offered", "known"),
    [
        (NAMES, tuple(LISTS)),
        (OBJECTIONS, KINDS),
        (SEVERITIES, get_args(Severity)),
        (STATES, ("open", *get_args(State), "muted")),
        (sorted(SERIES_STATES), sorted([*get_args(Stage), "no_data"])),
        (GRADERS, golden.GRADERS),
    ],
    ids=["lists", "objections", "severities", "states", "stages", "graders"],
)
def test_choices(offered: Sequence[str], known: Sequence[str]) -> None:
    """Nothing that a room knows is missing, and nothing else is offered."""
    assert offered == known
