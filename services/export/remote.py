"""The server that runs on a data directory, asked over its local API for the parts of an export."""

from __future__ import annotations

import msgspec

from services.export.routes import PATH, Content, Table
from services.remote import Remote
from store.export import Format, Part, Wanted

PATIENCE_S = 300.0


class Server(Remote):
    """Asks a server as if it were the store."""

    again = "export again later"

    def table(self, wanted: Wanted, name: str) -> Table:
        asked = msgspec.json.encode(wanted)
        return self.decoded(self.answer("POST", f"{PATH}/tables/{name}", content=asked), Table)

    def content(self, wanted: Wanted, part: Part, form: Format) -> bytes:
        asked = msgspec.json.encode(Content(wanted, part, form))
        return self.asked("POST", f"{PATH}/content", content=asked)
