"""A token of one tenant sees that tenant's on every page and in every document, and nothing of another's."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from starlette.routing import Route

from services.console.page import Console
from store.database import Database
from tests.services.console.fleet import Fleet
from tests.services.console.made import NOW
from tests.services.console.two import Shared, shared

# Whatever the console has, also what is added later.
PATHS = sorted(
    route.path
    for route in Console(Fleet(), lambda: NOW).routes()
    if isinstance(route, Route) and route.methods and "GET" in route.methods
)


@pytest.fixture(scope="module")
def two(opened_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """Two tenants in one store."""
    with shared(opened_database, tmp_path_factory.mktemp("two")) as found:
        yield found


def place(path: str, two: Shared, tenant: str) -> str:
    """Return a path with what a tenant has in place of what it leaves open."""
    ids = {"alert_id": two.alerts[tenant], "advice_id": f"{tenant}-advice", "name": "hallucination"}
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path, f"say in this test what {path} leaves open"
    model = {"/series": f"{tenant}-model", "/label/judge": f"{tenant}-next"}.get(path)
    if model:
        key = {"tenant": tenant, "route": f"{tenant}-route", "platform": "azure", "model": model}
        return f"{path}?{urlencode(key)}"
    return path


@pytest.mark.parametrize("path", PATHS)
def test_nothing_of_others(two: Shared, path: str) -> None:
    """Nothing that only the other tenant has stands in any answer, whether or not its ids are guessed."""
    for mine, other in (("acme", "globex"), ("globex", "acme")):
        browser = two.browser(f"{mine}-on-call")
        own = browser.get(place(path, two, mine))
        assert own.status_code == 200, own.text
        assert other not in own.text
        foreign = browser.get(place(path, two, other))
        assert other not in foreign.text
        assert two.alerts[other] not in own.text


@pytest.mark.parametrize("path", [path for path in PATHS if "_id}" in path])
def test_guessed(two: Shared, path: str) -> None:
    """What another tenant has is as unknown as what nobody has, to the byte."""
    guessed = two.browser("acme-on-call").get(place(path, two, "globex"))
    nobody = place(path, two, "globex").replace(two.alerts["globex"], "0" * 16).replace("globex-", "nobody-")
    unknown = two.browser("acme-on-call").get(nobody)
    assert (guessed.status_code, guessed.text) == (404, unknown.text)


def test_own(two: Shared) -> None:
    """Each sees what it has; who reads everything sees both."""
    for path in ("/", "/api/alerts.json", "/api/fleet.json", "/api/advice.json"):
        assert "acme-route" in two.browser("acme-reads").get(path).text
        whole = two.browser("all-on-call").get(path).text
        assert "acme-route" in whole
        assert "globex-route" in whole
    front = two.browser("acme-reads").get("/").text
    assert "tenant acme" in front
    assert "1 dead letters" in front
    assert "2 dead letters" in two.browser("all-on-call").get("/").text


def test_no_door(two: Shared) -> None:
    """Where no door stands before it the console shows nothing at all."""
    with pytest.raises(LookupError):
        _ = two.console.source
