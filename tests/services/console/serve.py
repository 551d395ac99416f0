"""Serve the made-up fleet: python -m tests.services.console.serve PORT [hostile]."""

from __future__ import annotations

import sys

import uvicorn

from services.console.page import app
from tests.services.console.fleet import NOW, Fleet

LABEL = "This fleet, its traffic and its incidents are simulated."


def main() -> None:
    """Serve until killed."""
    source = Fleet()
    uvicorn.run(app(source, lambda: NOW, LABEL), port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
