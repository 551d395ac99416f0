"""A monitor's whole state as bytes: plain values and arrays, versioned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

# State is nested plain data whose shape each monitor knows; Any is what a decoder can promise.
State = dict[str, Any]


def pack(name: str, version: str, state: State) -> bytes:
    """Return bytes that only `unpack` with the same name and version accepts."""
    encoder = msgspec.msgpack.Encoder(enc_hook=_encode)
    return encoder.encode({"name": name, "version": version, "state": state})


def unpack(name: str, version: str, packed: bytes) -> State:
    """Return the state packed under this name and version.

    Raises
    ------
    ValueError : it belongs to another monitor or version, or is no snapshot
    """
    decoded = msgspec.msgpack.decode(packed, ext_hook=_decode)
    if not isinstance(decoded, dict) or (decoded.get("name"), decoded.get("version")) != (name, version):
        raise ValueError(f"not a snapshot of {name} {version}: start it empty and replay its minutes")
    state: State = decoded["state"]
    return state


def without(packed: bytes, gone: Callable[[str], bool]) -> bytes:
    """Return a snapshot that names no event that is gone; what was counted and measured stays.

    Parameters
    ----------
    gone : tells by its id whether an event is to be forgotten
    """
    return msgspec.msgpack.encode(_without(msgspec.msgpack.decode(packed), gone))


def _without(value: Any, gone: Callable[[str], bool]) -> Any:  # noqa: ANN401 - whatever a state holds
    if isinstance(value, dict):
        return {
            name: [one for one in item if not gone(one)] if name == "examples" else _without(item, gone)
            for name, item in value.items()
        }
    if isinstance(value, list):
        # Ids stand beside numbers of the same length: their places stay.
        return ["" if isinstance(one, str) and gone(one) else _without(one, gone) for one in value]
    return value


def _encode(value: object) -> msgspec.msgpack.Ext:
    if isinstance(value, np.ndarray):
        head = f"{value.dtype.name}|{','.join(map(str, value.shape))}|".encode()
        return msgspec.msgpack.Ext(1, head + np.ascontiguousarray(value).tobytes())
    raise TypeError(f"a snapshot cannot hold {type(value).__name__}")


def _decode(_code: int, payload: memoryview) -> object:
    dtype, shape, body = bytes(payload).split(b"|", 2)
    sizes = [int(size) for size in shape.decode().split(",") if size]
    return np.frombuffer(body, dtype=np.dtype(dtype.decode())).reshape(sizes).copy()
