from __future__ import annotations

from pathlib import Path

import pytest
from starlette.requests import Request

from services.access.door import LocalDoor, NoEntry, TokenDoor, door
from services.access.readers import everybody
from services.access.token import Scope, digest
from services.access.tokens import Tokens
from services.access.tokens_file import add
from services.config import Config, ConfigError

READ = "Bearer reading"
INGEST = "Bearer sending"
ALL = "Bearer everything"


def request(authorization: str = "", *, host: str = "fmwatch.example.org", origin: str = "") -> Request:
    """Return a request from another machine."""
    headers = {"authorization": authorization, "host": host, "origin": origin}
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/",
            "query_string": b"",
            "scheme": "http",
            "server": ("10.0.0.1", 80),
            "client": ("10.0.0.7", 40_000),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items() if value],
        }
    )


@pytest.fixture
def entrance(tmp_path: Path) -> TokenDoor:
    """Return a door for three tokens."""
    file = tmp_path / "tokens.yaml"
    add(file, "support", "read", digest("reading"))
    add(file, "support", "ingest", digest("sending"))
    add(file, "*", "read", digest("everything"))
    add(file, "*", "ingest", digest("everything"))
    return TokenDoor(Tokens(file))


@pytest.mark.parametrize(
    ("header", "scope", "tenant"),
    [
        (READ, "read", "support"),
        (INGEST, "ingest", "support"),
        (ALL, "read", "*"),
        ("Basic YW55Ym9keTpldmVyeXRoaW5n", "ingest", "*"),
    ],
)
def test_in(entrance: TokenDoor, header: str, scope: Scope, tenant: str) -> None:
    """Whoever has a token of the scope comes in, for its tenant, from wherever."""
    assert entrance.tenant(request(header), scope) == tenant


@pytest.mark.parametrize(
    ("header", "scope", "status", "said"),
    [
        ("", "read", 401, "send a token"),
        ("Bearer wrong", "read", 401, "not known"),
        ("Bearer reading\x00", "read", 401, "not known"),
        (READ, "ingest", 403, "not for sending events"),
        (INGEST, "read", 403, "not for reading"),
    ],
)
def test_out(entrance: TokenDoor, header: str, scope: Scope, status: int, said: str) -> None:
    """Whoever has none is asked for one; one of the other scope is told so."""
    with pytest.raises(NoEntry, match=said) as refused:
        entrance.tenant(request(header), scope)
    assert refused.value.status == status
    assert ("WWW-Authenticate" in refused.value.headers) == (status == 401)


def test_other_site(entrance: TokenDoor) -> None:
    """A page of another site cannot use the token that a browser remembers."""
    with pytest.raises(NoEntry, match="other sites"):
        entrance.tenant(request(ALL, origin="https://evil.example.org"), "ingest")
    assert entrance.tenant(request(ALL, origin="https://fmwatch.example.org"), "ingest") == "*"


def test_own(entrance: TokenDoor) -> None:
    """Each start makes a token of its own for commands on the data directory."""
    assert entrance.tenant(request(f"Bearer {entrance.own}"), "ingest") == "*"


def test_everybody(entrance: TokenDoor) -> None:
    """What is about all tenants needs a token of all of them."""
    everybody(entrance, request(ALL), "read")
    with pytest.raises(NoEntry, match="of tenant 'support' only: use one of scope read and tenant \"\\*\""):
        everybody(entrance, request(READ), "read")


def test_door(tmp_path: Path) -> None:
    """Without tokens only this machine may be listened to; with them any."""
    assert isinstance(door(Config(), "127.0.0.1"), LocalDoor)
    assert isinstance(door(Config(), "::1"), LocalDoor)
    for host in ("0.0.0.0", "::", "10.0.0.1", "fmwatch.example.org"):  # noqa: S104 - refused
        with pytest.raises(ConfigError, match=r"fmwatch tokens new"):
            door(Config(), host)
    file = tmp_path / "tokens.yaml"
    add(file, "*", "read", digest("everything"))
    config = Config.parse({"tokens_file": str(file)})
    assert isinstance(door(config, "0.0.0.0"), TokenDoor)  # noqa: S104 - nothing listens


def test_broken_at_start(tmp_path: Path) -> None:
    """A tokens file that cannot be used refuses the start."""
    with pytest.raises(ConfigError, match="cannot be read"):
        door(Config.parse({"tokens_file": str(tmp_path / "none")}), "127.0.0.1")
