"""A key in a form and a cookie, so that no page of another site can make a browser send the form."""

from __future__ import annotations

import hmac
import re
import secrets

from starlette.requests import Request
from starlette.responses import Response

from services.access.door import NoEntry

COOKIE = "fmwatch_form"
_KEY = re.compile(r"[\w-]{20,64}", re.ASCII)


def form_key(request: Request) -> str:
    """Return the key for a page's form: the one that the browser keeps, or a new one."""
    return _kept(request) or secrets.token_urlsafe(24)


def keep(answer: Response, request: Request, key: str, path: str) -> None:
    """Let the browser keep a form's key, to send it with forms to `path` and with nothing from elsewhere."""
    if not _kept(request):
        secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, key, httponly=True, samesite="strict", secure=secure, path=path)


def check(request: Request, key: str) -> None:
    """Refuse a form that was not sent from this very page; raises NoEntry."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    kept = _kept(request)
    if site != "same-origin" or not kept or not hmac.compare_digest(kept.encode(), key.encode()):
        raise NoEntry(
            403,
            "this form was not sent from its page, or the browser keeps no cookies: read, and press again",
        )


def _kept(request: Request) -> str:
    found = request.cookies.get(COOKIE, "")
    return found if _KEY.fullmatch(found) else ""
