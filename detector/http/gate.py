"""Who may pass: bearer tokens and passwords, known by their hashes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import threading
from typing import Final

from detector.http.web import Web, scrypt

_KNOWN: Final = 64


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
        made = scrypt(password, binascii.unhexlify(salt)).hex()
        return hmac.compare_digest(made, wanted)
