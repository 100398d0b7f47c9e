"""How much time and room one client gets, and how many clients there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Bounds:
    """The bounds of a server; every port of the house has the same.

    Attributes
    ----------
    request_seconds
        From the first contact to the last byte of the request: handshake, head and body.
    reply_seconds, reply_rate
        Time to take a reply, and the bytes a second by which a long one gets more: a client that
        reads nothing is gone, a large page on a slow line is not cut.
    head_bytes
        Request line and headers together.
    body_bytes
        Body, of methods that have one.
    clients
        Clients at a time, each with a thread; who comes beyond is hung up on.
    of_one, of_proxy
        How many of them may be of one address (in IPv6 of one network of 64 bits), and of the
        address of a proxy, which speaks for many: a part is always left for others.
    """

    request_seconds: float = 15.0
    reply_seconds: float = 15.0
    reply_rate: int = 64 * 1024
    head_bytes: int = 32 * 1024
    body_bytes: int = 1024 * 1024
    clients: int = 512
    of_one: int = 64
    of_proxy: int = 384

    def seconds_of(self, reply: bytes) -> float:
        """Time in which a reply is to be taken."""
        return self.reply_seconds + len(reply) / self.reply_rate


BOUNDS: Final = Bounds()
