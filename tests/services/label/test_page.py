from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from services.label.page import LabelPage
from services.label.session import Session

from .pairs import HOSTILE, MODELS, NOW, Desk, pairs

TOKEN = "a-token"  # noqa: S105 - of a test
KNOWN = {
    *("html", "head", "meta", "title", "link", "script", "body", "header", "main", "section", "div"),
    *("h1", "h2", "p", "pre", "strong", "form", "input", "button", "kbd"),
}


class Reader(HTMLParser):
    """Reads a page as a browser would: elements, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.pres: list[str] = []
        self.text = ""
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "pre":
            self.pres.append("")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser's
        """Note its end."""
        self._inside = ""

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text += data
        if self._inside == "pre":
            self.pres[-1] += data


def page(desk: Desk, n: int = 3) -> tuple[TestClient, LabelPage]:
    """A browser at a page with so many pairs."""
    session = Session(pairs(n), [], "ana")
    found = LabelPage(session, desk, route="support/answer", tenant="default", clock=lambda: NOW, token=TOKEN)
    client = TestClient(
        found.app(), base_url="http://127.0.0.1:8000", client=("127.0.0.1", 5), follow_redirects=False
    )
    return client, found


def say(client: TestClient, word: str, number: int = 0) -> int:
    """Press a button, and return the status."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return client.post(f"/{TOKEN}/say", content=f"number={number}&word={word}", headers=form).status_code


def test_blind() -> None:
    """Nothing on the page says whose an answer is, nor which call it is."""
    client, _ = page(Desk())
    text = client.get(f"/{TOKEN}/").text
    assert "question 0" in text
    assert "passage 0" in text
    assert not [name for name in (*MODELS, "azure", "openai", "shadow-", "call-0") if name in text]


def test_hostile() -> None:
    """Hostile texts are text: no element, no attribute, no template of theirs."""
    client, _ = page(Desk(hostile=True))
    found = Reader(client.get(f"/{TOKEN}/").text)
    assert {tag for tag, _ in found.tags} <= KNOWN
    assert [attributes for tag, attributes in found.tags if tag == "script"] == [
        {"src": "static/keys.js", "defer": None}
    ]
    assert sum(HOSTILE in text for text in found.pres) == 4
    assert not [name for _, attributes in found.tags for name in attributes if name.startswith("on")]
    assert all("evil" not in str(value) for _, attributes in found.tags for value in attributes.values())


def test_policy() -> None:
    """The page may run and load nothing but its own two files, and nobody else gets its address."""
    client, _ = page(Desk())
    answer = client.get(f"/{TOKEN}/")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    for file in ("label.css", "keys.js"):
        assert client.get(f"/{TOKEN}/static/{file}").status_code == 200
        assert "//" not in re.sub(
            r"^//.*$", "", client.get(f"/{TOKEN}/static/{file}").text, flags=re.MULTILINE
        )


def test_say() -> None:
    """A button puts two labels into the log and shows the next pair."""
    desk = Desk()
    client, _ = page(desk)
    assert say(client, "both") == 303
    assert [(one["event_id"], one["value"]) for one in desk.put_in] == [("call-0", True), ("shadow-0", True)]
    text = client.get(f"/{TOKEN}/").text
    assert "question 1" in text
    assert "1 judged now by ana, 2 to go" in text
    assert say(client, "back", 1) == 303
    assert "question 0" in client.get(f"/{TOKEN}/").text


def test_end() -> None:
    """Where nothing is left the page says so, and one can still go back."""
    client, _ = page(Desk(), 1)
    say(client, "skip")
    text = client.get(f"/{TOKEN}/").text
    assert "Nothing is left to judge" in text
    assert "Back to the last" in text


@pytest.mark.parametrize(
    "form", ["", "number=0", "number=x&word=both", "number=9&word=both", "number=0&word=all", "x" * 5_000]
)
def test_no_button(form: str) -> None:
    """What no button says is refused, and nothing is kept of it."""
    desk = Desk()
    client, _ = page(desk)
    assert client.post(f"/{TOKEN}/say", content=form).status_code == 400
    assert desk.put_in == []


def test_door() -> None:
    """Only this machine, by its own name, with the token, and no page of another site gets in."""
    desk = Desk()
    client, found = page(desk)
    assert client.get("/").status_code == 404
    assert client.get("/another-token/").status_code == 404
    assert client.get(f"/{TOKEN}/", headers={"Host": "evil.example"}).status_code == 403
    assert client.post(f"/{TOKEN}/say", headers={"Origin": "http://evil.example"}).status_code == 403
    stranger = TestClient(found.app(), base_url="http://127.0.0.1:8000", client=("10.0.0.9", 5))
    assert stranger.get(f"/{TOKEN}/").status_code == 403
    assert desk.put_in == []
    assert len(LabelPage(Session([], [], "ana"), desk, route="r", tenant="t", clock=lambda: NOW).token) > 30


def test_away() -> None:
    """A label that could not be kept is not counted, and its pair is shown again."""
    desk = Desk()
    desk.away = True
    client, _ = page(desk)
    assert say(client, "both") == 503
    assert "0 judged now" in client.get(f"/{TOKEN}/").text
    desk.away = False
    assert say(client, "both") == 303


def test_erased() -> None:
    """A pair one of whose calls is gone is passed over."""
    desk = Desk()
    desk.gone = {"shadow-0", "call-1"}
    client, _ = page(desk)
    assert "question 2" in client.get(f"/{TOKEN}/").text
