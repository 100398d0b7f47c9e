"""A state goes on under the keys that it began with: what two keys hide never matches."""

from __future__ import annotations

from typing import Final

from detector.errors import StateError
from detector.sources.native.adapter import Hasher
from detector.state import Manifest, key_id

HASHED: Final = frozenset({"events", "model_usage"})
"""Tables whose native logs hold addresses and keys, which are stored as keyed hashes."""


def refuse_other_pseudonyms(before: Manifest, key: bytes | None) -> None:
    """Refuse another key of pseudonyms than the state's accounts stand under.

    Raises
    ------
    StateError
        Where the two would never match.
    """
    name = None if key is None else key_id(key)
    if before.sequence and before.parts and before.pseudonyms != name:
        held = "pseudonyms of another key" if before.pseudonyms and name else (
            "pseudonyms" if before.pseudonyms else "plain account ids"
        )  # fmt: skip
        raise StateError(
            f"the state holds {held}; ingest with the same key as before (--pseudonymise), or "
            "into a new folder: the two would never match"
        )


def refuse_other_hashes(before: Manifest, hasher: Hasher) -> None:
    """Refuse another key of hashes, where native logs may have been read under the one before."""
    hashing = {part.table for part in before.parts if not part.retired} & HASHED
    if hashing and before.hashed not in (None, key_id(hasher.key)):
        raise StateError(
            f"addresses and keys in {' and '.join(sorted(hashing))} of this state may be hashed "
            "under another key (ENDUSE_PSEUDONYM_KEY, --key-file, or none): hashes of two keys "
            "never match; ingest with the key it had, or into a new folder from the logs"
        )
