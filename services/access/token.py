"""A token: random text that its owner keeps, and of which everybody else keeps only a hash."""

from __future__ import annotations

import base64
import binascii
import secrets
from hashlib import sha256
from typing import Literal

Scope = Literal["ingest", "read", "act", "content"]

EVERY = "*"  # a token of this tenant is good for all of them
_MARK = "fmw_"  # so that programs that look for secrets in code know it


def fresh() -> str:
    """Return a new token: 256 random bits that nobody can guess."""
    return _MARK + secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Return what is kept of a token: SHA-256 in hex. A long random text needs no slower hash."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def presented(authorization: str) -> str:
    """Return the token of a request's header, "" where there is none.

    Programs send `Bearer TOKEN`; browsers ask a person for a name, which does not matter, and a password.

    >>> presented("Bearer fmw_x"), presented("Basic OmZtd194"), presented("Digest x")
    ('fmw_x', 'fmw_x', '')
    """
    scheme, _, value = authorization.strip().partition(" ")
    return value.strip() if scheme.lower() == "bearer" else _basic(authorization)[1]


def name(authorization: str) -> str:
    """Return under which name a person came in, "" where no browser asked for one.

    >>> name("Basic YW5hOmZtd194"), name("Bearer fmw_x")
    ('ana', '')
    """
    return _basic(authorization)[0]


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, value = authorization.strip().partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(value.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return user, password
