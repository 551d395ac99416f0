"""Where a process listens, as a person types it: a port, or host and port."""

from __future__ import annotations

from typing import Any, NamedTuple

import click

HOST = "127.0.0.1"
MOST = 65_535


class Address(NamedTuple):
    """A host and a port; port 0 stands for any that is free."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Return the address that a text means.

        Raises
        ------
        ValueError : it means none

        >>> str(Address.parse("9464")), str(Address.parse("0.0.0.0:80")), str(Address.parse("[::1]:80"))
        ('127.0.0.1:9464', '0.0.0.0:80', '[::1]:80')
        """
        host, colon, port = text.strip().rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not (
            port.isascii() and port.isdecimal() and len(port) <= len(str(MOST)) and int(port) <= MOST
        ) or (colon and not host):
            raise ValueError(f"{text!r} is no address; write a port, or host:port, for instance 0.0.0.0:9464")
        return cls(host or HOST, int(port))


class AddressType(click.ParamType):
    """The type of an option that takes an address."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Address:  # noqa: ANN401 - click's own
        if isinstance(value, Address):
            return value
        try:
            return Address.parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
