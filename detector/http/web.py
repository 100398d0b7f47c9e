"""Who may ask, and over what: TLS and authentication from a web configuration file.

The file is TOML. Secrets stand in it as hashes only::

    [tls]
    certificate = "server.pem"
    key = "server.key"

    [authentication]
    bearer_sha256 = ["<printf %s TOKEN | sha256sum>"]

    [authentication.basic]
    prometheus = "<salt in hex>:<scrypt in hex>"

    [network]
    names = ["enduse.example.com"]
    proxies = ["10.0.0.0/24"]

Paths are relative to the file.
"""

from __future__ import annotations

import binascii
import hashlib
import ipaddress
import secrets
import ssl
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from detector.errors import UsageError
from detector.http.address import Network
from detector.http.hosts import host_of

_COST: Final = 2**14
_BLOCK: Final = 8
_SHA_DIGITS: Final = 64
# A tunnel or a proxy on the same machine speaks for many.
_THIS_MACHINE: Final = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1"))


@dataclass(frozen=True)
class Web:
    """The web configuration.

    Attributes
    ----------
    certificate, key
        PEM files; None serves plain HTTP.
    tokens
        SHA-256 (hex) of the bearer tokens that may ask.
    users
        Names with ``salt:scrypt`` in hex of their passwords.
    names
        Names by which the server is asked, beside ``localhost`` and its own address; on loopback
        no other name is answered to, elsewhere none where any is given here.
    proxies
        Addresses that speak for many clients.
    """

    certificate: Path | None = None
    key: Path | None = None
    tokens: frozenset[str] = frozenset()
    users: Mapping[str, str] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    proxies: tuple[Network, ...] = _THIS_MACHINE

    @property
    def authenticates(self) -> bool:
        """Whether anybody is asked who he is."""
        return bool(self.tokens or self.users)

    def tls(self) -> ssl.SSLContext | None:
        """The server's side of TLS 1.2 or later.

        Raises
        ------
        UsageError
            Where the certificate or its key cannot be used.
        """
        if self.certificate is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            # An empty password: a key that has one is refused, and nobody is asked for it.
            context.load_cert_chain(self.certificate, self.key, password="")
        except (OSError, ValueError) as error:
            raise UsageError(
                f"the certificate {self.certificate} with its key cannot be used: {error}; "
                "expected two PEM files that belong together, the key without a password"
            ) from error
        return context


def read_web(path: Path | None) -> Web:
    """Read a web configuration file; None is plain HTTP without authentication.

    Raises
    ------
    UsageError
        Where the file is missing or is not as the module says.
    """
    if path is None:
        return Web()
    held = _held(path)
    _refuse_others(path, held, {"tls", "authentication", "network"})
    tls, network = _section(held, "tls", path), _section(held, "network", path)
    _refuse_others(path, tls, {"certificate", "key"})
    _refuse_others(path, network, {"names", "proxies"})
    if len(tls) == 1:
        raise UsageError(f"the web configuration {path} has half of [tls]: give both files")
    files = {name: path.parent / str(value) for name, value in tls.items()}
    tokens, users = _authentication(path, _section(held, "authentication", path))
    return Web(
        files.get("certificate"), files.get("key"), tokens, users, _names(path, network),
        _proxies(path, network),
    )  # fmt: skip


def _held(path: Path) -> Mapping[str, Any]:
    try:
        if not path.is_file():
            # A pipe would be waited for, and could not be read again.
            raise UsageError(f"the web configuration {path} cannot be read: it is no file")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    # Numbers of thousands of digits are a ValueError, nesting without end a RecursionError.
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"the web configuration {path} cannot be read: {error}") from error


def _authentication(
    path: Path, held: Mapping[str, Any]
) -> tuple[frozenset[str], Mapping[str, str]]:
    users = _section(held, "basic", path)
    tokens = held.get("bearer_sha256", [])
    _refuse_others(path, held, {"bearer_sha256", "basic"})
    if not isinstance(tokens, list) or not all(_is_hex(t, _SHA_DIGITS) for t in tokens):
        raise UsageError(f"bearer_sha256 in {path} is to be a list of SHA-256 hashes in hex")
    for name, line in users.items():
        if not isinstance(line, str) or not all(_is_hex(p) for p in line.partition(":")[::2]):
            raise UsageError(f"the password of {name!r} in {path} is not salt:scrypt in hex")
    lower = {name: line.lower() for name, line in users.items()}
    return frozenset(token.lower() for token in tokens), lower


def _names(path: Path, network: Mapping[str, Any]) -> frozenset[str]:
    """The names of a server; a port beside one is left out, since none is looked at."""
    given = _list(path, network, "names")
    found = {name: host_of(name) for name in given}
    for name, host in found.items():
        if host is None:
            raise UsageError(
                f"names in {path} has {name!r}; expected host names or addresses, IPv6 in brackets"
            )
    return frozenset(host for host in found.values() if host is not None)


def _proxies(path: Path, network: Mapping[str, Any]) -> tuple[Network, ...]:
    if "proxies" not in network:
        return _THIS_MACHINE
    try:
        return tuple(ipaddress.ip_network(text) for text in _list(path, network, "proxies"))
    except ValueError as error:
        raise UsageError(
            f"proxies in {path}: {error}; expected addresses or networks such as 10.0.0.0/24"
        ) from error


def _list(path: Path, network: Mapping[str, Any], name: str) -> list[str]:
    given = network.get(name, [])
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        raise UsageError(f"{name} in {path} is to be a list of texts")
    return given


def _section(held: Mapping[str, Any], name: str, path: Path) -> Mapping[str, Any]:
    section = held.get(name, {})
    if not isinstance(section, dict):
        raise UsageError(f"{name} in {path} is to be a table")
    return section


def _refuse_others(path: Path, held: Mapping[str, Any], known: set[str]) -> None:
    for name in held:
        if name not in known:
            raise UsageError(
                f"the web configuration {path} has an unknown entry {name!r}; expected "
                f"{', '.join(sorted(known))}"
            )


def _is_hex(text: object, digits: int | None = None) -> bool:
    if not isinstance(text, str) or not text or (digits and len(text) != digits):
        return False
    try:
        binascii.unhexlify(text)
    except (ValueError, binascii.Error):
        return False
    return True


def password_line(password: str) -> str:
    """What stands in the file for a password: salt and scrypt in hex."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}:{scrypt(password, salt).hex()}"


def scrypt(password: str, salt: bytes) -> bytes:
    """The hash of a password."""
    return hashlib.scrypt(password.encode(), salt=salt, n=_COST, r=_BLOCK, p=1)
