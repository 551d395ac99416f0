"""Where batches go; each transport is one file, chosen by the scheme of a URL."""

from __future__ import annotations

from typing import Optional

from fmwatch.transports.base import Transport


def transport(url: Optional[str], token: Optional[str] = None) -> Transport:
    """Return the transport for a URL: http, https, kafka, file, or null where there is none.

    Parameters
    ----------
    token : lets us in at a gateway; other receivers need none

    Raises
    ------
    ValueError : the scheme is not known, what it needs is not installed, or the token can be none
    """
    if not url or url.startswith("null:"):
        from fmwatch.transports.null import NullTransport  # noqa: PLC0415 - only what is used

        return NullTransport()
    if url.startswith(("http://", "https://")):
        from fmwatch.transports.http import HttpTransport  # noqa: PLC0415 - same

        return HttpTransport(url, token)
    if url.startswith("kafka://"):
        from fmwatch.transports.kafka import KafkaTransport  # noqa: PLC0415 - same

        return KafkaTransport.of(url)
    if url.startswith("file:"):
        from fmwatch.transports.file import FileTransport  # noqa: PLC0415 - same

        return FileTransport.of(url)
    raise ValueError(f"cannot send to {url!r}: use http://, https://, kafka://, file:///path or null:")
