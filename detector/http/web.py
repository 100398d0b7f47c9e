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

import binascii
import hashlib
import secrets
import ssl
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from detector.errors import UsageError

_COST: Final = 2**14
_BLOCK: Final = 8
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
    return Web(
        files.get("certificate"), files.get("key"), frozenset(token.lower() for token in tokens),
        {name: line.lower() for name, line in users.items()},
    )  # fmt: skip


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
