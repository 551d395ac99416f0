"""Grafana over HTTP, through the library grafana-api, an extra: https://pypi.org/project/grafana-api/.

The library is of 2020. Only what goes by uid is used of it, which newer Grafanas still answer; its calls by
numeric id they do not. Where it has no call for a path, its own `api` sends one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib.util import find_spec
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from services.grafana.errors import GrafanaAway, GrafanaRefused
from services.grafana.grafana import Json, Mark, milliseconds, tags

TIMEOUT_S = 15.0
MOST_MARKS = 10_000
_UNKNOWN = 404
_REMEDIES = {
    401: "its token is wrong or has expired: make another one for a service account",
    403: "its token may not do that: give the service account the role Editor, and where Grafana Enterprise "
    "says who may read data sources, the right datasources:read",
    412: "somebody else has changed it meanwhile, or it was provisioned by a file",
}
_T = TypeVar("_T")


def installed() -> bool:
    """Tell whether the library is there."""
    return find_spec("grafana_api") is not None


class GrafanaApi:
    """A Grafana at an address.

    Parameters
    ----------
    url : http://host:3000, or with a path where it is served under one
    token : of a service account with the role Editor

    Raises
    ------
    GrafanaRefused : the address is none, or the library is not installed
    """

    def __init__(self, url: str, token: str) -> None:
        if not installed():
            raise GrafanaRefused("this needs grafana-api: pip install 'fmwatch-server[grafana]'")
        from grafana_api.grafana_face import GrafanaFace  # noqa: PLC0415 - an extra

        try:
            found = urlsplit(url)
            port = found.port
        except ValueError:
            found, port = urlsplit(""), None
        if found.scheme not in {"http", "https"} or not found.hostname:
            raise GrafanaRefused(f"{url!r} is no address of a Grafana: http://host:3000")
        host = f"[{found.hostname}]" if ":" in found.hostname else found.hostname
        path = found.path.strip("/")
        self.url = url
        self._face = GrafanaFace(
            token,
            host=host,
            port=port,
            url_path_prefix=f"{path}/" if path else "",
            protocol=found.scheme,
            timeout=TIMEOUT_S,
        )

    def source(self, uid: str) -> str | None:
        path = f"/datasources/uid/{quote(uid, safe='')}"
        found = self._known(lambda: self._face.api.GET(path))
        return None if found is None else str(found["type"])

    def folder(self, uid: str, title: str) -> None:
        if self._known(lambda: self._face.folder.get_folder(quote(uid, safe=""))) is None:
            with self._asking(f"a folder {title}"):
                self._face.folder.create_folder(title, uid)

    def dashboard(self, document: Json, folder: str, message: str) -> str:
        sent = {"dashboard": document, "folderUid": folder, "message": message, "overwrite": True}
        with self._asking(f"the dashboard {document['uid']}"):
            return str(self._face.dashboard.update_dashboard(sent)["url"])

    def marks(self, tag: str, since: datetime, until: datetime) -> Sequence[Mapping[str, Any]]:
        with self._asking("annotations"):
            found: Sequence[Mapping[str, Any]] = self._face.annotations.get_annotation(
                time_from=milliseconds(since), time_to=milliseconds(until), tags=[tag], limit=MOST_MARKS
            )
            return found

    def mark(self, mark: Mark, known: int | None) -> None:
        said = {
            "time_from": milliseconds(mark.at),
            "time_to": milliseconds(mark.until or mark.at),
            "tags": tags(mark),
            "text": mark.text,
        }
        with self._asking("an annotation"):
            if known is None:
                self._face.annotations.add_annotation(**said)
            else:
                self._face.annotations.update_annotation(known, **said)

    def unmark(self, known: int) -> None:
        self._known(lambda: self._face.annotations.delete_annotations_by_id(known))

    def _known(self, ask: Callable[[], _T]) -> _T | None:
        """Return the answer, None where Grafana knows no such thing."""
        try:
            with self._asking("it"):
                return ask()
        except GrafanaRefused as error:
            if getattr(error.__cause__, "status_code", None) == _UNKNOWN:
                return None
            raise

    @contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        from grafana_api.grafana_api import GrafanaException, GrafanaServerError  # noqa: PLC0415 - an extra
        from requests import RequestException  # noqa: PLC0415 - what that library sends with

        try:
            yield
        except GrafanaServerError as error:
            raise GrafanaAway(f"the Grafana at {self.url} is not well: {error}") from error
        except GrafanaException as error:
            remedy = _REMEDIES.get(error.status_code, str(error))
            raise GrafanaRefused(f"the Grafana at {self.url} refuses {what}: {remedy}") from error
        except (RequestException, ValueError) as error:
            # ValueError: an answer that is no JSON comes from something else at that address.
            raise GrafanaAway(
                f"no Grafana answers at {self.url} ({type(error).__name__}): start it, or correct the address"
            ) from error
