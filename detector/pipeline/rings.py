"""Rings as they are published: ids that last, ranks, and reasons in sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any, Final

import polars as pl

from detector.results import NOTE, RINGS_SCHEMA, Results
from detector.words import listing, percent, plural
from features.links.kinds import COINCIDENCES, WORDS

SHOWN_KINDS: Final = 4
# Days within which sign-ups, and the part of an equal split from which shares, are told.
SOON: Final = 14
EVEN: Final = 0.7


def name_rings(rings: pl.DataFrame, previous: Results | None) -> pl.Series:
    """An id for each ring: the earlier run's id of largest overlap, else a new one.

    An earlier id goes to one ring alone; ties go to the ring that comes first.
    """
    fresh = [f"ring-{_digest(members[0])}" for members in rings["account_ids"].to_list()]
    if previous is None or rings.is_empty():
        return pl.Series("ring_id", fresh, dtype=pl.String)
    kept = _inherited(rings["account_ids"].to_list(), previous)
    taken = set(kept.values())
    names = [
        kept.get(row, name if name not in taken else f"{name}-{row}")
        for row, name in enumerate(fresh)
    ]
    return pl.Series("ring_id", names, dtype=pl.String)


def _inherited(members: list[list[str]], previous: Results) -> dict[int, str]:
    owner = {
        account: ring
        for ring, accounts in previous.rings.select("ring_id", "account_ids").iter_rows()
        for account in accounts
    }
    overlaps: dict[tuple[int, str], int] = {}
    for row, accounts in enumerate(members):
        for account in accounts:
            if account in owner:
                key = (row, owner[account])
                overlaps[key] = overlaps.get(key, 0) + 1
    kept: dict[int, str] = {}
    used: set[str] = set()
    for (row, ring), _ in sorted(overlaps.items(), key=lambda item: (-item[1], item[0])):
        if row not in kept and ring not in used:
            kept[row] = ring
            used.add(ring)
    return kept


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()


def publish_rings(rings: pl.DataFrame) -> pl.DataFrame:
    """Rank rings by score and bring them to the columns of the contract.

    ``rings`` has the columns of ``features.rings.ring_table`` and ``ring_id``, ``score``.
    """
    ranked = rings.with_columns(
        rank=pl.col("score").rank("min", descending=True).cast(pl.Int64), reasons=_reasons(rings)
    )
    return ranked.sort("rank", "ring_id").select(list(RINGS_SCHEMA)).cast(RINGS_SCHEMA)


def _reasons(rings: pl.DataFrame) -> pl.Series:
    """What ties each ring, in sentences: figures with their units, one or several."""
    notes = [list(_notes(row)) for row in rings.iter_rows(named=True)]
    return pl.Series("reasons", notes, dtype=pl.List(NOTE))


def _notes(ring: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    accounts = plural(ring["size"], "account")
    shared = plural(ring["identifiers"] or 0, "rare identifier")
    kinds = sorted({edge["kind"] for edge in ring["edges"] or ()} - set(COINCIDENCES))
    named = listing([WORDS.get(kind, kind) for kind in kinds], SHOWN_KINDS)
    by = f" ({named})" if named else ""
    yield _note("SHARED-IDENTIFIERS", f"{accounts} of no declared connection share {shared}{by}.")
    days = ring["signup_days"]
    if days is not None and days <= SOON:
        within = plural(max(1, math.ceil(days)), "day")
        yield _note(
            "SIGN-UPS-TOGETHER", f"Half of them signed up within {within} of their median sign-up."
        )
    even = ring["evenness"]
    if even is not None and even >= EVEN and (ring["tpp_hours"] > 0 or ring["tokens"] > 0):
        part = f"{percent(even)} of a perfectly equal split" if even < 1.0 else "perfectly"
        yield _note("EQUAL-SHARES", f"Their use is shared out equally ({part}).")


def _note(code: str, text: str) -> dict[str, str]:
    return {"code": code, "text": text}
