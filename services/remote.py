"""The server that runs on a data directory, asked over its local API."""

from __future__ import annotations

from typing import Any, TypeVar

import httpx2
import msgspec

from store.errors import StoreError, StoreUnavailable

_T = TypeVar("_T")


class Remote:
    """Asks a server as if it were the directory.

    Attributes
    ----------
    again : what may be done where it gives no answer
    """

    again = "do the same again later"

    def __init__(self, client: httpx2.Client) -> None:
        self.client = client

    def answer(self, method: str, path: str, **sent: Any) -> httpx2.Response:  # noqa: ANN401 - httpx2's own
        """Return its answer, whatever that is; raises StoreUnavailable where it gives none."""
        try:
            return self.client.request(method, path, **sent)
        except httpx2.HTTPError as error:
            raise self._away(error) from error

    def asked(self, method: str, path: str, **sent: Any) -> bytes:  # noqa: ANN401 - httpx2's own
        """Return what it answers.

        Raises
        ------
        StoreUnavailable : ask the same again later
        StoreError : it refuses
        """
        return self.granted(self.answer(method, path, **sent))

    def granted(self, answer: httpx2.Response) -> bytes:
        """Return the content of an answer; raises as `asked` where it is a refusal."""
        if answer.is_success:
            return answer.content
        kind = StoreUnavailable if answer.is_server_error else StoreError
        raise kind(f"the server at {self.client.base_url} says: {refusal(answer)}")

    def decoded(self, answer: httpx2.Response, kind: type[_T]) -> _T:
        """Return what the JSON of an answer says; raises as `asked`, and where it is none of ours."""
        content = self.granted(answer)
        try:
            return msgspec.json.decode(content, type=kind)
        except msgspec.MsgspecError as error:
            raise self._away(error) from error

    def _away(self, error: Exception) -> StoreUnavailable:
        return StoreUnavailable(
            f"the server at {self.client.base_url} gives no answer ({error}); {self.again}"
        )


def refusal(answer: httpx2.Response) -> str:
    """Return why a server refuses, in its own words."""
    try:
        return str(answer.json()["error"])
    except (ValueError, LookupError, TypeError):
        return f"{answer.status_code} {answer.reason_phrase}"
