"""Rings as they are published: ids that last, ranks, and reasons in sentences."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import polars as pl

from detector.results import NOTE, RINGS_SCHEMA, Results
from features.links.kinds import COINCIDENCES, WORDS

SHOWN_KINDS: Final = 4


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
        rank=pl.col("score").rank("min", descending=True).cast(pl.Int64), reasons=_reasons()
    )
    return ranked.sort("rank", "ring_id").select(list(RINGS_SCHEMA)).cast(RINGS_SCHEMA)


def _reasons() -> pl.Expr:
    kinds = pl.col("edges").list.eval(pl.element().struct.field("kind")).list.unique().list.sort()
    kinds = kinds.list.set_difference(list(COINCIDENCES)).list.sort()
    words = pl.element().replace_strict(WORDS, default=pl.element())
    named = kinds.list.head(SHOWN_KINDS).list.eval(words).list.join(", ")
    links = pl.format(
        "{} accounts of no declared connection share {} rare identifiers ({}).",
        "size", "identifiers", named,
    )  # fmt: skip
    days = pl.col("signup_days").ceil().clip(lower_bound=1).cast(pl.Int64)
    signups = pl.format(
        "Half of them signed up within {} of the middle one.",
        pl.when(days == 1).then(pl.lit("a day")).otherwise(pl.format("{} days", days)),
    )
    even = pl.format(
        "Their use is shared out equally ({} % of perfectly equal).",
        (pl.col("evenness") * 100).round().cast(pl.Int64),
    )
    used = (pl.col("tpp_hours") > 0) | (pl.col("tokens") > 0)
    notes = [
        _note("SHARED-IDENTIFIERS", links, pl.lit(True)),
        _note("SIGN-UPS-TOGETHER", signups, pl.col("signup_days") <= 14),
        _note("EQUAL-SHARES", even, used & (pl.col("evenness") >= 0.7)),
    ]
    return pl.concat_list(notes).list.drop_nulls().cast(pl.List(NOTE))


def _note(code: str, text: pl.Expr, rule: pl.Expr) -> pl.Expr:
    return pl.when(rule.fill_null(False)).then(pl.struct(code=pl.lit(code), text=text))
