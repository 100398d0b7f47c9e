r"""The chain of events: each is bound to the one before it, and to the one before of its case.

``hash = SHA-256("enduse audit 1\0" | prev | case_prev | head_sha256 | payload_sha256)``, all of
them 32 bytes. The head is the JSON of sequence, time, person, role, action and case, so no
column can be changed alone; the payload is bound by its hash only, so it can be emptied
later and the chain still holds. Each payload holds 16 random bytes: short ones cannot be guessed
from their hash. Seen in Certificate Transparency (RFC 6962) and git: what is bound to a head
that somebody else holds cannot be rewritten before it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

DOMAIN: Final = b"enduse audit 1\0"
START: Final = "00" * 32
_SALT_BYTES: Final = 16


@dataclass(frozen=True)
class Link:
    """One event as the chain holds it; hashes are SHA-256 in hex."""

    seq: int
    at: str
    person: str
    role: str
    action: str
    case_id: str | None
    payload_sha256: str
    prev: str
    case_prev: str

    @property
    def hash(self) -> str:
        """What the next event is bound to."""
        head = canonical([self.seq, self.at, self.person, self.role, self.action, self.case_id])
        parts = (self.prev, self.case_prev, sha256(head), self.payload_sha256)
        return hashlib.sha256(DOMAIN + b"".join(map(bytes.fromhex, parts))).hexdigest()


def canonical(held: Any) -> str:
    """JSON in one form: sorted keys, no spaces, ASCII."""
    return json.dumps(held, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def salted(payload: Mapping[str, Any]) -> str:
    """The text of a payload, with random bytes in it."""
    return canonical({**payload, "salt": secrets.token_hex(_SALT_BYTES)})


def sha256(text: str) -> str:
    """SHA-256 of a text, in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
