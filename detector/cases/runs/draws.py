"""Draws that nobody can foretell or steer: by a key that was drawn once, and what is drawn for."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from typing import Final

from detector.cases.record.store import SYSTEM, Writing

KEYED: Final = "draws.keyed"
_BITS: Final = 53


def key_of(tx: Writing) -> bytes:
    """The key of a folder's draws; its first use draws it, as an event of no case."""
    row = tx.one(
        "SELECT payload FROM events WHERE case_id IS NULL AND action = ? ORDER BY seq LIMIT 1",
        KEYED,
    )
    if row is not None:
        return bytes.fromhex(json.loads(row["payload"])["facts"]["key"])
    return keyed(tx, secrets.token_bytes(32))


def keyed(tx: Writing, key: bytes) -> bytes:
    """Draw by this key from now on: a rehearsal is to be the same twice."""
    tx.record(KEYED, SYSTEM, "system", facts={"key": key.hex()})
    return key


def drawn(key: bytes, *what: str) -> float:
    """A number in [0, 1) that only the key and what is drawn for decide."""
    told = json.dumps(what).encode()
    digest = hmac.new(key, told, hashlib.sha256).digest()
    return (int.from_bytes(digest[:8]) >> (64 - _BITS)) / (1 << _BITS)
