"""What changed since an earlier run: the words of it, and its table.

A row says one thing in one sentence: of an account that entered or left a queue or went to
another, of a case that rose or fell, of a ring that grew, shrank, fell apart or came to be, of a
decision and what came of it. Whoever stays as it was has no row.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from detector.results.words import QUEUES

#: What rows speak of.
SUBJECTS: Final = ("decision", "account", "case", "ring")
#: What became of them.
MOVES: Final = (
    "decided", "entered", "left", "moved", "risen", "fallen", "grown", "shrunk", "apart", "formed",
)  # fmt: skip
#: Why an account left its queue: the first that holds.
LEAVING: Final = (
    "gone", "closed", "confirmed_proxy", "confirmed_victim", "cleared", "appeal", "answered",
    "unasked", "ring", "overtaken", "families", "signs", "evidence",
)  # fmt: skip
#: One reason why an account entered a queue: the first that holds; there may be others.
ENTERING: Final = ("new", "reopened", "near", "asked", "ring", "families", "signs", "evidence")
#: ``cause`` is of LEAVING, of ENTERING or a decision; ``accounts`` are those that joined or
#: parted, those that were decided, or a case's; ``rank`` is a case's place in the review, too.
WEEK_SCHEMA: Final = pl.Schema(
    {
        "subject": pl.Enum(SUBJECTS), "name": pl.String(), "move": pl.Enum(MOVES),
        "case": pl.String(), "queue": pl.Enum(QUEUES), "before": pl.Enum(QUEUES),
        "rank": pl.Int64(), "rank_before": pl.Int64(), "size": pl.Int64(),
        "size_before": pl.Int64(), "cause": pl.String(), "accounts": pl.List(pl.String()),
        "said": pl.String(),
    }
)  # fmt: skip


def of(table: pl.DataFrame, subject: str, *moves: str) -> pl.DataFrame:
    """Rows about one kind of thing, of some moves, in their order."""
    return table.filter((pl.col("subject") == subject) & pl.col("move").is_in(moves))
