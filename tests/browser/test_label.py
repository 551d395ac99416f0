"""The page for labels in Chromium: keys, and texts that would like to be more than text."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from starlette.applications import Starlette

from services.access.door import LocalDoor
from services.access.readers import readable
from services.console.page import Console
from services.label.page import LabelPage
from services.label.session import Session
from services.listening import in_thread
from tests.services.console.fleet import Fleet
from tests.services.console.judgements import Judgements
from tests.services.label.pairs import NOW, Desk, pairs

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent


@contextmanager
def alone() -> Iterator[tuple[str, Desk]]:
    """Serve the page of `fmwatch label`."""
    desk = Desk(hostile=True)
    page = LabelPage(
        Session(pairs(6), [], "ana"), desk, route="support/answer", tenant="default", clock=lambda: NOW
    )
    with in_thread(page.app()) as url:
        yield f"{url}/{page.token}/", desk


@contextmanager
def in_console() -> Iterator[tuple[str, Desk]]:
    """Serve the console's page."""
    desk = Judgements(hostile=True)
    console = Console(Fleet(), lambda: NOW, audit=lambda _: None, judgements=desk)
    with in_thread(Starlette(routes=[readable(console.routes(), LocalDoor())])) as url:
        yield f"{url}/label/judge?tenant=acme&route=support%2Fanswer&platform=openai&model=next&by=ana", desk


@pytest.mark.parametrize(
    ("served", "told", "posts"),
    [(alone, "3 judged now by ana, 2 to go", 6), (in_console, "3 to go", 5)],
    ids=["alone", "in the console"],
)
def test_keys(served: Callable[[], AbstractContextManager[tuple[str, Desk]]], told: str, posts: int) -> None:
    """Keys judge, pass and go back; a hostile text does nothing, nothing foreign is asked, axe is content."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "no Chromium here; Debian: apt-get install chromium"
    with served() as (url, desk):
        done = subprocess.run(
            ["node", HERE / "label.mjs", chromium, url],
            capture_output=True,
            text=True,
            check=False,
            timeout=110,
        )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert (seen["console"], seen["dialogs"], seen["foreign"]) == ([], 0, [])
    assert (seen["harmed"], seen["strangers"], seen["axe"], seen["overflow"]) == (False, 0, [], 0)
    assert told in seen["text"]
    assert seen["posts"] == posts
    assert seen["focused"] != "BODY"
    said = [(one["event_id"], one["value"]) for one in desk.put_in]
    assert len(said) == 8
    assert said[2:4] != said[4:6]
    assert {event_id for event_id, _ in said[2:4]} == {event_id for event_id, _ in said[4:6]}
    assert [value for _, value in said[4:6]] == [False, False]
    assert [value for _, value in said[6:8]] == [True, True]
