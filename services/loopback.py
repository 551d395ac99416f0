"""Whether a host is this machine."""

from __future__ import annotations

import ipaddress


def loopback(host: str) -> bool:
    """Tell whether a name or address is this machine for whoever uses it.

    >>> loopback("localhost"), loopback("127.0.0.2"), loopback("::1"), loopback("grafana")
    (True, True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
