"""`fmwatch advise`: asked of the running server, or read from the data directory."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console

from services.console.documents import advice_document
from services.console.source import StoreSource
from services.demo.story import plain
from services.running import noted_headers, noted_url, present
from services.wording.words import clip, listed
from store.database import Database
from store.queries import last_minute

TIMEOUT_S = 5.0

Documents = list[Mapping[str, Any]]


def show_advice(data: Path, route: str, *, as_json: bool) -> None:
    """Print the recommendations that still hold, those of one route where it is named."""
    found = _documents(data)
    chosen = [one for one in found if route in ("", one["route"])]
    if as_json:
        sys.stdout.write(json.dumps({"recommendations": chosen}, ensure_ascii=False, indent=1) + "\n")
        return
    out = Console(highlight=False, soft_wrap=True)
    if not chosen:
        out.print(plain(_nothing(route, [str(one["route"]) for one in found])))
    for number, one in enumerate(chosen):
        if number:
            out.print()
        for line in one["screen"]:
            out.print(plain(line))


def _nothing(route: str, others: Sequence[str]) -> str:
    if not route:
        return "No recommendations: nothing is known against the models in use."
    elsewhere = f" There are some on {listed(tuple(dict.fromkeys(others)))}." if others else ""
    return f"No recommendations on {clip(route)}.{elsewhere}"


def _documents(data: Path) -> Documents:
    if (found := _asked(data)) is not None:
        return found
    present(data)
    with Database.open(data) as database:
        now = datetime.fromtimestamp((last_minute(database) or 0) * 60, UTC)
        return [advice_document(one) for one in StoreSource(database).advice(now)]


def _asked(data: Path) -> Documents | None:
    """Return the answer of the server that runs on a directory; None where none does, or it is no answer."""
    url = noted_url(data)
    if not url:
        return None
    try:
        with httpx2.Client(trust_env=False, timeout=TIMEOUT_S) as client:
            answer = client.get(f"{url}/api/advice.json", headers=noted_headers(data))
            return list(answer.raise_for_status().json()["recommendations"])
    except (ValueError, LookupError, TypeError, httpx2.HTTPError, httpx2.InvalidURL):
        return None
