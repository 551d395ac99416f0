"""A form that a browser sends, in bounded memory."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request


async def fields(request: Request, most_bytes: int) -> dict[str, str] | None:
    """Return the fields of a form, of each name the first; None where it is none, or too large."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > most_bytes:
            return None
    try:
        found = parse_qs(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        return None
    return {name: values[0] for name, values in found.items()}
