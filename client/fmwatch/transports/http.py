"""Posts events to a gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Sequence

from fmwatch.errors import Astray, Rejected, Retryable, TooLarge, Unauthorized

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

TIMEOUT_S = 10.0
GZIP_FROM_BYTES = 2048
_LOCAL = ("localhost", "127.0.0.1", "::1")
_AGAIN = (408, 425, 429)  # with every 5xx
_TOO_LARGE = 413
_FOR_GOOD = (400, _TOO_LARGE, 415, 422)  # if a gateway says so


class HttpTransport:
    """One POST of newline-delimited JSON per batch, gzipped, without following redirects.

    Whatever is no answer of a gateway, such as a login page or a proxy's refusal, loses nothing: the batch is
    sent again.

    Parameters
    ----------
    url : of the gateway, e.g. http://127.0.0.1:8765; /v1/events is appended unless a path is given
    token : what `fmwatch tokens new` has printed; never sent to another address than this
    timeout_s : of connecting and of each read

    Raises
    ------
    ValueError : the token holds what no token holds
    """

    def __init__(self, url: str, token: Optional[str] = None, timeout_s: float = TIMEOUT_S) -> None:
        self.url = url if "/" in url.split("://", 1)[1].rstrip("/") else url.rstrip("/") + "/v1/events"
        self._authorization = _authorization(token)
        self.destination = " ".join([self.url, *self._authorization.values()])
        self.timeout_s = timeout_s
        self._opener: Optional[OpenerDirector] = None

    def prepare(self) -> None:
        """Import what `send` needs."""
        from importlib import import_module  # noqa: PLC0415 - only the sender's thread pays

        for name in ("encodings.idna", "gzip", "urllib.error", "urllib.request"):
            import_module(name)

    def send(self, batch: Sequence[bytes], counts: str) -> int:
        """Post the batch and return how many events the gateway refused."""
        from http.client import HTTPException  # noqa: PLC0415 - slow to import, only the sender's thread pays
        from urllib.error import HTTPError  # noqa: PLC0415 - same
        from urllib.request import Request  # noqa: PLC0415 - same

        headers = {
            "Content-Type": "application/x-ndjson",
            "User-Agent": "fmwatch-client",
            "Fmwatch-Counts": counts,
            **self._authorization,
        }
        body = _packed(b"\n".join(batch), headers)
        request = Request(self.url, body, headers, method="POST")  # noqa: S310 - the scheme was checked
        try:
            with self._opened().open(request, timeout=self.timeout_s) as answer:
                return _refused(answer.status, answer.read(1 << 20))
        except HTTPError as error:
            with error:
                after = error.headers.get("Retry-After")
                raise _judged(error.code, after, error.read(1 << 20), len(batch)) from error
        except (OSError, HTTPException) as error:
            raise Retryable(f"no answer from {self.url}: {error}") from error

    def _opened(self) -> OpenerDirector:
        if self._opener is None:
            from urllib.parse import urlsplit  # noqa: PLC0415 - slow to import
            from urllib.request import HTTPRedirectHandler, ProxyHandler, build_opener  # noqa: PLC0415 - same

            class NoRedirect(HTTPRedirectHandler):
                def redirect_request(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 - the library's
                    return None

            local = urlsplit(self.url).hostname in _LOCAL
            self._opener = build_opener(NoRedirect, *([ProxyHandler({})] if local else []))
        return self._opener


def _authorization(token: Optional[str]) -> Dict[str, str]:
    bare = (token or "").strip()
    if not all(
        "!" <= char <= "~" for char in bare
    ):  # it would end the header, and is not shown: it is secret
        raise ValueError("the token cannot be used: write it as `fmwatch tokens new` has printed it")
    return {"Authorization": f"Bearer {bare}"} if bare else {}


def _packed(body: bytes, headers: Dict[str, str]) -> bytes:
    if len(body) < GZIP_FROM_BYTES:
        return body
    import gzip  # noqa: PLC0415 - only the sender's thread pays

    headers["Content-Encoding"] = "gzip"
    return gzip.compress(body, 1)


def _refused(status: int, answer: bytes) -> int:
    """Return how many events a gateway has refused that took the batch."""
    said = _said(answer)
    accepted, rejected = said.get("accepted"), said.get("rejected")
    if type(accepted) is not int:
        raise Astray(_what(status, answer))
    return max(0, rejected) if type(rejected) is int else 0


def _judged(status: int, after: Optional[str], answer: bytes, events: int) -> Exception:
    what = _what(status, answer)
    # Whole seconds; a date is as good as nothing, because the sender's own pauses grow.
    after_s = float(after) if after and after.isdecimal() else None
    if status == 401:  # noqa: PLR2004 - a token may be known soon: its hash goes to the gateway by another way
        return Unauthorized(what, after_s)
    if status in _AGAIN or status >= 500:  # noqa: PLR2004 - server errors pass
        return Retryable(what, after_s)
    ours = not {"error", "accepted", "rejected"}.isdisjoint(_said(answer))
    if status == _TOO_LARGE and (ours or events > 1):  # halves lose nothing, whoever wants them
        return TooLarge(what)
    return Rejected(what) if ours and status in _FOR_GOOD else Astray(what, after_s)


def _said(answer: bytes) -> Mapping[str, Any]:
    """Return what a gateway says; nothing where it is none."""
    import json  # noqa: PLC0415 - only the sender's thread pays

    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _what(status: int, answer: bytes) -> str:
    return f"the gateway answers {status}: {answer[:300].decode('utf-8', 'replace')}"
