"""`fmwatch models`: asked of the running server, or read from the data directory or the ClickHouse server."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import httpx2

from services.catalogue.known import known_catalogue
from services.config import Config
from services.models.document import Document, read
from services.models.routes import PATH
from services.models.told import told
from services.reach import reached
from services.remote import Remote
from store.database import Database

PATIENCE_S = 120.0


class _Server(Remote):
    again = "ask for the models again later"


def show(data: Path, config_file: Path | None, *, as_json: bool) -> None:
    """Print the models in use."""
    config = Config.load(config_file)

    def stored(database: Database) -> Document:
        return read(database, known_catalogue(config), config)

    def served(client: httpx2.Client) -> Document:
        server = _Server(client)
        found: dict[str, Any] = server.decoded(server.answer("GET", PATH), dict[str, Any])
        return found

    with reached(data, config, store=stored, server=served, patience_s=PATIENCE_S) as found:
        if as_json:
            sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
        else:
            sys.stdout.writelines(f"{line}\n" for line in told(found))
