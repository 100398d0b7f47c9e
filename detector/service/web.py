"""Who may ask, and over what: TLS and authentication from a web configuration file.

The file is TOML. Secrets stand in it as hashes only::

    [tls]
    certificate = "server.pem"
    key = "server.key"

    [authentication]
    bearer_sha256 = ["<printf %s TOKEN | sha256sum>"]

    [authentication.basic]
    prometheus = "<salt in hex>:<scrypt in hex>"

Paths are relative to the file.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import secrets
import socket
import ssl
import threading
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from detector.config import split_address
from detector.errors import UsageError

_COST: Final = 2**14
_BLOCK: Final = 8
_KNOWN: Final = 64
_SHA_DIGITS: Final = 64


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
    """

    certificate: Path | None = None
    key: Path | None = None
    tokens: frozenset[str] = frozenset()
    users: Mapping[str, str] = field(default_factory=dict)

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
            context.load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(
                f"the certificate {self.certificate} with its key cannot be used: {error}; "
                "expected two PEM files that belong together"
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
    try:
        held = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"the web configuration {path} cannot be read: {error}") from error
    tls, authentication = _section(held, "tls", path), _section(held, "authentication", path)
    users = _section(authentication, "basic", path)
    tokens = authentication.get("bearer_sha256", [])
    _refuse_others(path, held, {"tls", "authentication"})
    _refuse_others(path, tls, {"certificate", "key"})
    _refuse_others(path, authentication, {"bearer_sha256", "basic"})
    if len(tls) == 1:
        raise UsageError(f"the web configuration {path} has half of [tls]: give both files")
    if not isinstance(tokens, list) or not all(_is_hex(t, _SHA_DIGITS) for t in tokens):
        raise UsageError(f"bearer_sha256 in {path} is to be a list of SHA-256 hashes in hex")
    for name, line in users.items():
        if not isinstance(line, str) or not all(_is_hex(p) for p in line.partition(":")[::2]):
            raise UsageError(f"the password of {name!r} in {path} is not salt:scrypt in hex")
    files = {name: path.parent / str(value) for name, value in tls.items()}
    return Web(files.get("certificate"), files.get("key"), frozenset(tokens), users)


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
    return f"{salt.hex()}:{_scrypt(password, salt).hex()}"


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_COST, r=_BLOCK, p=1)


class Gate:
    """Says who may pass. A password is hashed once; a flood of wrong ones waits in line."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._passed: set[bytes] = set()
        self._one_at_a_time = threading.Lock()

    def admits(self, header: str | None) -> bool:
        """Whether an Authorization header names somebody who may ask."""
        if not self._web.authenticates:
            return True
        scheme, _, given = (header or "").partition(" ")
        given = given.strip()
        if scheme.lower() == "bearer":
            return self._is_token(given)
        return scheme.lower() == "basic" and self._is_user(given)

    def _is_token(self, given: str) -> bool:
        digest = hashlib.sha256(given.encode("utf-8", "surrogateescape")).hexdigest()
        return any(hmac.compare_digest(digest, token) for token in self._web.tokens)

    def _is_user(self, given: str) -> bool:
        seen = hashlib.sha256(given.encode("utf-8", "surrogateescape")).digest()
        if seen in self._passed:
            return True
        with self._one_at_a_time:
            passed = self._password_fits(given)
        if passed and len(self._passed) < _KNOWN:
            self._passed.add(seen)
        return passed

    def _password_fits(self, given: str) -> bool:
        try:
            name, _, password = base64.b64decode(given, validate=True).decode().partition(":")
        except (ValueError, binascii.Error):
            return False
        # An unknown name costs as much as a known one: names cannot be told by the time.
        salt, _, wanted = self._web.users.get(name, f"{'00' * 16}:00").partition(":")
        made = _scrypt(password, binascii.unhexlify(salt)).hex()
        return hmac.compare_digest(made, wanted)


def listening_address(listen: str, web: Web) -> tuple[socket.AddressFamily, str, int]:
    """Resolve HOST:PORT; an address that others can reach needs authentication.

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
    if not ipaddress.ip_address(host.partition("%")[0]).is_loopback and not web.authenticates:
        raise UsageError(
            f"{listen!r} can be reached from other machines and nobody would be asked who he is; "
            "give --web-config FILE with [authentication], or listen on 127.0.0.1"
        )
    return family, host, port
