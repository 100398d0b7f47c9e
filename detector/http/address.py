"""Addresses: where a server listens, and to whom a client's address belongs.

It listens on loopback, unless it asks everybody who he is.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Final

from detector.config import split_address
from detector.errors import UsageError

_HOME_BITS: Final = 64

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def listening_address(listen: str, *, authenticates: bool) -> tuple[socket.AddressFamily, str, int]:
    """Resolve HOST:PORT.

    Raises
    ------
    UsageError
        If it cannot be resolved, or is open to others and nobody is asked who he is.
    """
    try:
        host, port = split_address(listen)
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (ValueError, OSError) as error:
        raise UsageError(f"cannot listen on {listen!r}: {error}") from error
    family, _, _, _, address = found[0]
    host = str(address[0])
    refuse_strangers(host, authenticates=authenticates)
    return family, host, port


def refuse_strangers(host: str, *, authenticates: bool) -> None:
    """Check that an address is loopback or that everybody is asked who he is.

    Raises
    ------
    UsageError
        If it is neither.
    """
    if not authenticates and not is_loopback(host):
        raise UsageError(
            f"{host!r} can be reached from other machines and there is no authentication: give "
            "--web-config FILE with [authentication], or listen on 127.0.0.1"
        )


def plain_address(text: str) -> str | None:
    """An IP address in one spelling, without its zone; None where it is none."""
    address = _address(text)
    return None if address is None else str(address)


def is_loopback(host: str) -> bool:
    """Whether a host is an address of this machine alone."""
    address = _address(host)
    return address is not None and address.is_loopback


def home_of(client: str) -> str:
    """Whose address this is: in IPv6 one customer has 2**64 of them.

    Examples
    --------
    >>> home_of("::ffff:192.0.2.1"), home_of("2001:db8::1%eth0")
    ('192.0.2.1', '2001:db8::/64')
    """
    address = _address(client)
    if isinstance(address, ipaddress.IPv6Address) and not address.is_loopback:
        return str(ipaddress.ip_network((int(address), _HOME_BITS), strict=False))
    return client if address is None else str(address)


def is_among(client: str, networks: tuple[Network, ...]) -> bool:
    """Whether an address lies in one of some networks."""
    address = _address(client)
    return address is not None and any(address in network for network in networks)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
