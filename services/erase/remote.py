"""The server that runs on a data directory, asked over its local API to erase."""

from __future__ import annotations

import msgspec

from services.erase.receipt import Document
from services.erase.routes import PATH
from services.remote import Remote
from store.subject import Subject

PATIENCE_S = 7200.0  # every part that holds a row is written anew


class Server(Remote):
    """Asks a server as if it were the directory."""

    again = "erase again later, it goes on where it was"

    def dry_run(self, subject: Subject) -> Document:
        return self._erase(subject, dry_run=True)

    def erase(self, subject: Subject) -> Document:
        return self._erase(subject, dry_run=False)

    def _erase(self, subject: Subject, *, dry_run: bool) -> Document:
        body = {"user_hash": subject.user_hash, "tenant": subject.tenant, "dry_run": dry_run}
        return self.decoded(self.answer("POST", PATH, content=msgspec.json.encode(body)), Document)
