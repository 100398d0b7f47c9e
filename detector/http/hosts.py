"""For which names a request may be: a page of a stranger's must not reach us under his name.

A browser lets a page read what came from the page's own name. A stranger whose name leads to a
loopback address (DNS rebinding) reads what stands there, unless the server looks at the name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from detector.http.address import is_loopback, plain_address

_LONGEST: Final = 262  # a name of 253 characters, brackets and a port
_HOST: Final = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*)))"
    r"(?::(?P<port>[0-9]{0,5}))?",
    re.ASCII,
)
_MOST_PORT: Final = 65535
_LOCAL: Final = "localhost"


@dataclass(frozen=True)
class Hosts:
    """The names of a server.

    Attributes
    ----------
    names
        Names and addresses beside its own, as ``host_of`` gives them.
    asked
        Whether it is looked at all: on loopback, and where there are names.
    """

    names: frozenset[str]
    asked: bool

    def admits(self, host: str, own: str) -> bool:
        """Whether a request that came in at the address ``own`` may be for a host.

        No stranger owns ``localhost``, an address of loopback or the one that was reached; on
        which port they were asked is no matter: a tunnel has one of its own.
        """
        if not self.asked or host == _LOCAL or host in self.names:
            return True
        return is_loopback(host) or host == plain_address(own)


def host_of(value: str) -> str | None:
    """The name or the address of a Host header, in one spelling; None where it is none.

    Examples
    --------
    >>> host_of("LOCALHOST.:80"), host_of("[::ffff:127.0.0.1]:1"), host_of("a@b")
    ('localhost', '127.0.0.1', None)
    """
    found = _HOST.fullmatch(value.strip(" \t")) if len(value) <= _LONGEST else None
    if found is None or int(found["port"] or 0) > _MOST_PORT:
        return None
    if found["six"] is not None:
        return plain_address(found["six"])
    name = found["name"].lower().removesuffix(".")
    return plain_address(name) or name
