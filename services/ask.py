"""`fmwatch alerts` and `fmwatch advise`: asked of the running server, or read from the data directory."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console

from services import alert_json
from services.console.documents import advice_document
from services.console.source import StoreSource
from services.demo.story import MARKS, plain
from services.running import noted_headers, noted_url, present
from store.database import Database
from store.queries import last_minute

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TIMEOUT_S = 5.0

Documents = list[Mapping[str, Any]]


def show_alerts(data: Path, *, as_json: bool) -> None:
    """Print the alerts, the newest last."""
    found = _documents(
        data, "alerts", lambda source, _: [alert_json.document(one) for one in source.alerts(EPOCH)]
    )
    found = sorted(found, key=lambda one: str(one["began_at"]))
    _print(found, "alerts", _alert, as_json=as_json)


def show_advice(data: Path, route: str, *, as_json: bool) -> None:
    """Print the recommendations that still hold, those of one route where it is named."""
    found = _documents(
        data, "recommendations", lambda source, now: [advice_document(one) for one in source.advice(now)]
    )
    chosen = [one for one in found if route in ("", one["route"])]
    _print(chosen, "recommendations", lambda one: f"{one['text']}\n", as_json=as_json)


def _documents(
    data: Path, name: str, read: Callable[[StoreSource, datetime], Sequence[Mapping[str, Any]]]
) -> Documents:
    if (found := _asked(data, name)) is not None:
        return found
    present(data)
    with Database.open(data) as database:
        now = datetime.fromtimestamp((last_minute(database) or 0) * 60, UTC)
        return list(read(StoreSource(database), now))


def _asked(data: Path, name: str) -> Documents | None:
    """Return the answer of the server that runs on a directory; None where none does, or it is no answer."""
    url = noted_url(data)
    if not url:
        return None
    try:
        with httpx2.Client(trust_env=False, timeout=TIMEOUT_S) as client:
            answer = client.get(f"{url}/api/{_PATHS[name]}.json", headers=noted_headers(data))
            return list(answer.raise_for_status().json()[name])
    except (ValueError, LookupError, TypeError, httpx2.HTTPError, httpx2.InvalidURL):
        return None


_PATHS = {"alerts": "alerts", "recommendations": "advice"}


def _print(found: Documents, name: str, told: Callable[[Mapping[str, Any]], str], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({name: found}, ensure_ascii=False, indent=1) + "\n")
        return
    out = Console(highlight=False, soft_wrap=True)
    if not found:
        out.print(f"No {name}.")
    for one in found:
        for line in told(one).splitlines():
            out.print(MARKS.get(str(one.get("severity")), "") + plain(line))


def _alert(alert: Mapping[str, Any]) -> str:
    began, ended = alert["began_at"], alert["resolved_at"]
    return f"  {alert['title']}  since {began}{f', over {ended}' if ended else ''}  {alert['id']}"
