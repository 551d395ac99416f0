"""A stream that is watched while the application reads it; the stream stays the SDK's own object."""

from __future__ import annotations

import functools
from typing import Any, Dict

from fmwatch.wrap.call import Call
from fmwatch.wrap.guard import note

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object


class Answer(Protocol):
    """Puts the pieces of one answer together. What it raises is caught."""

    done: bool  # the provider has said how the answer ended

    def add(self, piece: Any) -> bool:
        """Take a piece, and tell whether there is content in it."""
        raise NotImplementedError

    def fields(self) -> Dict[str, Any]:
        """Return what is known so far, as fields of an event."""
        raise NotImplementedError

    def ours(self, piece: Any) -> bool:
        """Tell whether the piece is here only because we asked for it."""
        raise NotImplementedError


class Pieces:
    """In place of a stream's iterator, synchronous or not: hands on each piece, and ends the call."""

    def __init__(self, iterator: Any, call: Call, answer: Answer) -> None:
        self._iterator = iterator
        self._call = call
        self._answer = call.answer = answer
        self._broken = False

    def __iter__(self) -> Pieces:
        return self

    def __aiter__(self) -> Pieces:
        return self

    def __next__(self) -> Any:
        try:
            piece = next(self._iterator)
            while self._ours(piece):
                piece = next(self._iterator)
        except BaseException as error:
            self._ended(error)
            raise
        return piece

    async def __anext__(self) -> Any:
        try:
            piece = await self._iterator.__anext__()
            while self._ours(piece):
                piece = await self._iterator.__anext__()
        except BaseException as error:
            self._ended(error)
            raise
        return piece

    def _ours(self, piece: Any) -> bool:
        """Take a piece, and tell whether it is not for the application."""
        if self._broken:
            return False
        try:
            self._call.piece()
            if self._answer.add(piece):
                self._call.content()
            return self._answer.ours(piece)
        except Exception:  # noqa: BLE001 - the application reads on
            self._broken = True
            note()
            return False

    def _ended(self, error: BaseException) -> None:
        if isinstance(error, (StopIteration, StopAsyncIteration)):
            self._call.end(self._call.known())
        else:
            self._call.fail(error, self._call.known())

    def left(self) -> None:
        """Take note that the application reads no further."""
        self._call.left()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._iterator, name)

    def __del__(self) -> None:
        self.left()


def watch_stream(stream: Any, call: Call, answer: Answer) -> None:
    """Let the stream's own iterator pass by us, and know when it is closed before its end."""
    if isinstance(stream._iterator, Pieces):  # noqa: SLF001 - of both SDKs, tested against them
        return  # a raw response gives the same stream again
    kind: Any = type(stream)
    stream.__class__ = _watched_stream(kind)
    stream._iterator = Pieces(stream._iterator, call, answer)  # noqa: SLF001 - same


@functools.lru_cache(maxsize=64)
def _watched_stream(kind: Any) -> Any:
    """Return the stream's class with its `close` watched.

    On the class, so that a bound method holds its stream and the stream holds nothing that leads back to it.
    """
    whole = kind.close

    def close(self: Any) -> Any:
        if isinstance(self._iterator, Pieces):
            self._iterator.left()
        return whole(self)

    return subclass(kind, close=close)


def subclass(kind: Any, **body: Any) -> Any:
    """Return a class below another with some of its methods replaced, which an object can become one of.

    Whoever looks at it sees the name of the one above.
    """
    kept = {"__module__": kind.__module__, "__doc__": kind.__doc__, "__qualname__": kind.__qualname__}
    return type(kind.__name__, (kind,), {**kept, **body})
