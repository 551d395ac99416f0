"""The server that runs on a data directory, asked over its local API about alerts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from services.alerter.errors import AlertOver, Unclear, UnknownAlert
from services.alerter.word import Verb
from services.alerts.reading import Document
from services.alerts.routes import PREFIX, SERIES, TRUTH
from services.remote import Remote, refusal

_UNCLEAR: Mapping[int, type[Unclear]] = {404: UnknownAlert, 400: Unclear, 409: AlertOver}


class Server(Remote):
    """Asks a server as if it were the directory."""

    again = "do the same again later, nothing is said twice"

    def alerts(self, days: int) -> list[Document]:
        return list(self._document("GET", PREFIX, params={"days": str(days)})["alerts"])

    def truth(self) -> Document:
        return self._document("GET", TRUTH)

    def series(self) -> list[Document]:
        return list(self._document("GET", SERIES)["series"])

    def about(self, prefix: str, verb: Verb) -> str:
        return str(self._document("GET", _place(prefix, verb))["id"])

    def say(self, prefix: str, verb: Verb, by: str, note: str) -> Document:
        body = msgspec.json.encode({"by": by, "note": note})
        return self._document("POST", _place(prefix, verb), content=body)

    def _document(self, method: str, path: str, **sent: Any) -> Document:  # noqa: ANN401 - httpx2's own
        answer = self.answer(method, path, **sent)
        if unclear := _UNCLEAR.get(answer.status_code):
            raise unclear(refusal(answer))
        return self.decoded(answer, Document)


def _place(prefix: str, verb: Verb) -> str:
    return f"{PREFIX}/{quote(prefix, safe='')}/{verb}"
