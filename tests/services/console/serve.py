"""Serve the made-up fleet: python -m tests.services.console.serve PORT [hostile]."""

from __future__ import annotations

import sys

import uvicorn

from services.console.organisation import Organisation
from tests.services.console.alone import app
from tests.services.console.fleet import Fleet, hostile
from tests.services.console.made import NOW

LABEL = "This fleet, its traffic and its incidents are simulated."


def main() -> None:
    """Serve until killed."""
    source = hostile() if sys.argv[2:] == ["hostile"] else Fleet()
    whose = Organisation(
        owners={"support": "support-oncall", "search": "search-oncall"},
        budgets={"support": 900.0, "search": 400.0},
    )
    uvicorn.run(app(source, lambda: NOW, LABEL, whose), port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
