"""Where batches go; each transport is one file, chosen by the scheme of a URL."""

from __future__ import annotations

from typing import Optional

from fmwatch.transports.base import Transport


def transport(url: Optional[str]) -> Transport:
    """Return the transport for a URL: http, https, file, or null where there is none.

    Raises
    ------
    ValueError : the scheme is not known
    """
    if not url or url.startswith("null:"):
        from fmwatch.transports.null import NullTransport  # noqa: PLC0415 - only what is used

        return NullTransport()
    if url.startswith(("http://", "https://")):
        from fmwatch.transports.http import HttpTransport  # noqa: PLC0415 - same

        return HttpTransport(url)
    if url.startswith("file:"):
        from fmwatch.transports.file import FileTransport  # noqa: PLC0415 - same

        return FileTransport.of(url)
    raise ValueError(f"cannot send to {url!r}: use http://, https://, file:///path or null:")
