"""Who may pass: bearer tokens and passwords, known by their hashes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from detector.http.pace import Pace
from detector.http.web import Web, scrypt

_KNOWN: Final = 1024
_KEY_BYTES: Final = 32
_LINE_SECONDS: Final = 1.0
_NOBODY: Final = f"{'00' * 16}:00"


class TooMany(Exception):
    """More passwords are given than are looked at; this one was not."""


class _Known:
    """Digests that were seen, under a key of this process; the oldest are forgotten."""

    def __init__(self) -> None:
        self._held: OrderedDict[bytes, None] = OrderedDict()
        self._guard = threading.Lock()

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._held

    def add(self, digest: bytes) -> None:
        with self._guard:
            self._held[digest] = None
            if len(self._held) > _KNOWN:
                self._held.popitem(last=False)


@dataclass
class Memory:
    """What outlives a reload: passwords that were looked at, and how fast more of them come.

    A password is hashed once and then known by a digest under a key that never leaves the
    process, together with the line of the configuration that it was held against. A wrong one is
    known as well: a scraper with an old password costs nothing, however often it asks.
    """

    right: _Known = field(default_factory=_Known)
    wrong: _Known = field(default_factory=_Known)
    # A hash costs 30 ms and 16 MB: all of them together take a small part of one core.
    of_one: Pace = field(default_factory=lambda: Pace(burst=3, rate=1.0))
    of_all: Pace = field(default_factory=lambda: Pace(burst=5, rate=5.0))
    key: bytes = field(default_factory=lambda: secrets.token_bytes(_KEY_BYTES), repr=False)
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def digest(self, line: str, given: bytes) -> bytes:
        """What a pair of name and password is known by, while its line stays as it is."""
        return hmac.new(self.key, line.encode() + b"\0" + given, hashlib.sha256).digest()

    def known(self, digest: bytes) -> bool | None:
        """Whether a pair was found right or wrong; None where it was not looked at."""
        if digest in self.right:
            return True
        return False if digest in self.wrong else None


class Gate:
    """Says who may pass. Tokens cost nothing; passwords are hashed no faster than the paces say."""

    def __init__(self, web: Web, memory: Memory | None = None) -> None:
        self._web, self.memory = web, memory or Memory()

    def admits(self, header: str | None, client: str | None = None) -> bool:
        """Whether an Authorization header names somebody who may ask.

        ``client`` is the address that pays for the hashing of a password; None is one that
        speaks for many, and pays with all others only.

        Raises
        ------
        TooMany
            Where it is a password and too many of them are given.
        """
        if not self._web.authenticates:
            return True
        scheme, _, given = (header or "").partition(" ")
        given = given.strip()
        if scheme.lower() == "bearer":
            return self._is_token(given)
        return scheme.lower() == "basic" and self._is_user(given, client)

    def _is_token(self, given: str) -> bool:
        digest = hashlib.sha256(given.encode("utf-8", "surrogateescape")).hexdigest()
        return any(hmac.compare_digest(digest, token) for token in self._web.tokens)

    def _is_user(self, given: str, client: str | None) -> bool:
        if not self._web.users:
            return False
        try:
            pair = base64.b64decode(given, validate=True)
            name, colon, password = pair.decode().partition(":")
        except (ValueError, binascii.Error):
            return False
        if not colon:
            return False
        # An unknown name costs as much as a known one: names cannot be told by the time.
        line = self._web.users.get(name, _NOBODY)
        digest = self.memory.digest(line, pair)
        known = self.memory.known(digest)
        return self._looked_at(line, password, digest, client) if known is None else known

    def _looked_at(self, line: str, password: str, digest: bytes, client: str | None) -> bool:
        memory = self.memory
        if not memory.one_at_a_time.acquire(timeout=_LINE_SECONDS):
            raise TooMany
        try:
            known = memory.known(digest)
            if known is not None:
                # Others waited in line with the very same password.
                return known
            if not ((client is None or memory.of_one.take(client)) and memory.of_all.take()):
                raise TooMany
            salt, _, wanted = line.partition(":")
            made = scrypt(password, binascii.unhexlify(salt)).hex()
            passed = hmac.compare_digest(made, wanted)
            (memory.right if passed else memory.wrong).add(digest)
            return passed
        finally:
            memory.one_at_a_time.release()


def scheme_of(header: str | None) -> str:
    """What was given, as failures are counted: ``missing``, ``token``, ``password``, ``other``."""
    if not header:
        return "missing"
    kinds = {"bearer": "token", "basic": "password"}
    return kinds.get(header.partition(" ")[0].lower(), "other")
