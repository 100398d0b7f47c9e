"""What the rooms of lane L hand over: a row for each account, party and rule that was asked.

A row says how far the rule's condition is met, how much that weighs, and why. What may be said
of it depends on the state of the rule, and stands in ``judging``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

import polars as pl

from detector.results import PART

#: Rows before they are judged; ``condition`` is a word of ``detector.policy.rules.Condition``,
#: ``bare`` the evidence without a name, for what goes further than ``policy.parquet``.
FOUND: Final = pl.Schema(
    {
        "account_id": pl.String(), "rule": pl.String(), "party": pl.String(),
        "role": pl.String(), "condition": pl.String(), "strength": pl.String(),
        "evidence": pl.String(), "bare": pl.String(), "source": pl.String(),
        "entry_name": pl.String(), "entry_key": pl.String(), "score": pl.Int64(),
        "parts": pl.List(PART), "list_sha256": pl.String(), "case": pl.String(),
    }
)  # fmt: skip
#: Most characters of evidence, as the report shows it.
EVIDENCE: Final = 300
HOLDER: Final = "holder"
USE: Final = "use"
_KEY: Final = 16


def found(*frames: pl.DataFrame) -> pl.DataFrame:
    """Frames as one in the columns of ``FOUND``; what they leave out is null."""
    return pl.concat([FOUND.to_frame(), *map(_whole, frames)])


def _whole(frame: pl.DataFrame) -> pl.DataFrame:
    nothing = [pl.lit(None).alias(name) for name in FOUND if name not in frame.columns]
    whole = frame.with_columns(nothing).select(list(FOUND)).cast(FOUND)
    return whole.with_columns(bare=pl.coalesce("bare", "evidence"))


def content_key(*told: object) -> str:
    """The key of what a finding rests on, where no list has an entry for it.

    A decision is kept under it: it stands as long as the content does.
    """
    text = "\x1f".join("" if one is None else str(one) for one in told)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_KEY]


def content_keys(frame: pl.DataFrame, columns: Iterable[str]) -> pl.Series:
    """``content_key`` of some columns, row by row; equal rows are hashed once."""
    names = list(columns)
    distinct = frame.select(names).unique(maintain_order=True)
    keys = [content_key(*row) for row in distinct.iter_rows()]
    keyed = distinct.with_columns(entry_key=pl.Series(keys, dtype=pl.String))
    joined = frame.select(names).join(keyed, on=names, how="left", nulls_equal=True,
                                      maintain_order="left")  # fmt: skip
    return joined["entry_key"]
