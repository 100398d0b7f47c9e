"""Where a server listens: on loopback, unless it asks everybody who he is."""

from __future__ import annotations

import ipaddress
import socket

from detector.config import split_address
from detector.errors import UsageError


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
    if not authenticates and not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
        raise UsageError(
            f"{host!r} can be reached from other machines and there is no authentication: give "
            "--web-config FILE with [authentication], or listen on 127.0.0.1"
        )
