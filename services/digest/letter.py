"""A digest as the letter that receivers take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from services.alerter.alert import digest as short_hash
from services.alerter.errors import Dropped, Rejected, Retryable
from services.alerter.failing import said_of
from services.alerter.receivers.base import Receiver
from services.alerter.receivers.letter import Letter, Reader
from services.digest.digest import Digest
from services.digest.told import parts

KIND = "digest"

Outcome = Literal["sent", "away", "refused"]


class Posted(NamedTuple):
    """What became of a letter at one receiver.

    Attributes
    ----------
    outcome : sent, away (it does not answer), refused (it will never take it)
    said : the receiver's own words, or what went wrong and the remedy
    """

    receiver: str
    outcome: Outcome
    said: str = ""


def letter(digest: Digest) -> Letter:
    """Return the letter of a week; the same week has the same id, whenever it is sent."""
    return Letter(short_hash(KIND, digest.week, digest.tenant), KIND, parts(digest), document(digest))


def document(digest: Digest) -> Mapping[str, Any]:
    """Return the digest as JSON can hold it."""
    found: Mapping[str, Any] = msgspec.json.decode(msgspec.json.encode(digest))
    return found


def post(written: Letter, receivers: Mapping[str, Receiver], names: Sequence[str]) -> list[Posted]:
    """Send a letter to receivers by name, each once; what fails at one is nothing to the others."""
    return [_posted(written, name, receivers[name]) for name in names]


def _posted(written: Letter, name: str, receiver: Receiver) -> Posted:
    if not isinstance(receiver, Reader):
        return Posted(name, "refused", "it takes alerts only; name slack, email, webhook or apprise")
    try:
        said = receiver.post(written)
    except Retryable as error:
        return Posted(name, "away", str(error))
    except (Rejected, Dropped) as error:
        return Posted(name, "refused", str(error))
    except Exception as error:  # noqa: BLE001 -- one receiver's defect is no other's
        return Posted(name, "away", said_of(name, error))
    return Posted(name, "sent", said.text)
