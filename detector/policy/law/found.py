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
from detector.terminal import safe_text

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
#: Columns that quote what others wrote, with their bounds.
_SENTENCES: Final = {"evidence": EVIDENCE, "role": 120, "source": 60}
_UNSEEN: Final = r"[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]"
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


def as_shown(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows whose sentences hold nothing that a terminal or a page would obey.

    What customers and partners write stands in them: sentences are bounded, and signs that are
    not seen become visible. The party keeps the name that it was given.
    """
    return rows.with_columns(
        pl.col(column).replace(_visible(rows[column], most)) for column, most in _SENTENCES.items()
    )


def _visible(texts: pl.Series, most: int) -> dict[str, str]:
    """Texts that cannot be shown as they are, with what is shown instead."""
    odd = texts.filter(texts.str.contains(_UNSEEN) | (texts.str.len_chars() > most))
    return {text: safe_text(text, limit=most) for text in odd.drop_nulls().unique()}


def content_key(*told: object) -> str:
    """The key of what a finding rests on, where no list has an entry for it.

    A decision is kept under it: it stands as long as the content does.
    """
    text = "\x1f".join("" if one is None else _escaped(str(one)) for one in told)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_KEY]


def _escaped(text: str) -> str:
    """Without the sign that stands between two texts: none reads as two others."""
    return text.replace("\\", "\\\\").replace("\x1f", "\\u")


def content_keys(frame: pl.DataFrame, columns: Iterable[str]) -> pl.Series:
    """``content_key`` of some columns, row by row; equal rows are hashed once."""
    names = list(columns)
    distinct = frame.select(names).unique(maintain_order=True)
    keys = [content_key(*row) for row in distinct.iter_rows()]
    keyed = distinct.with_columns(entry_key=pl.Series(keys, dtype=pl.String))
    joined = frame.select(names).join(keyed, on=names, how="left", nulls_equal=True,
                                      maintain_order="left")  # fmt: skip
    return joined["entry_key"]
