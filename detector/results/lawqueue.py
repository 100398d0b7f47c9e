"""The queue of lane L: which of its rows ask for a person, and in what order.

Outcome first, then the list's class, then strength, then the account: ranks and scores are
lane B's and decide nothing here.
"""

from __future__ import annotations

from typing import Final, TypeVar

import polars as pl

from detector.results.words import POLICY_OUTCOMES, STRENGTHS

Rows = TypeVar("Rows", pl.DataFrame, pl.LazyFrame)

#: Lists whose parties may not be served, before all others.
FIRST_LISTS: Final = ("EL", "MEU", "SDN", "DPL")
#: Rows that ask for a person's look.
ASKING: Final = pl.col("queues").fill_null(value=False)
#: What stands as decision of a closed account, of which nothing is asked.
CLOSED: Final = "closed"
_OUTCOME: Final = pl.col("outcome").cast(pl.String)
#: Any match, or a question of some weight: what asks unless it is answered.
GRAVE: Final = (
    (_OUTCOME == "match")
    | ((_OUTCOME == "inquire") & (pl.col("strength").cast(pl.String) != "weak"))
).fill_null(value=False)  # fmt: skip
#: Rows that would ask, had a decision not taken them out of the queue.
SILENCED: Final = ~ASKING & pl.col("decision").fill_null(CLOSED).ne(CLOSED) & GRAVE
# What tells rows of one account apart, so that the order of a file decides nothing.
_TIES: Final = ("account_id", "party", "rule", "entry_key", "role", "evidence")


def _place(column: str, words: tuple[str, ...]) -> pl.Expr:
    places = {word: place for place, word in enumerate(words)}
    text = pl.col(column).cast(pl.String)
    return text.replace_strict(places, default=len(places), return_dtype=pl.Int32)


def in_order(rows: Rows) -> Rows:
    """Rows in the order of the queue."""
    graver = (
        _place("outcome", POLICY_OUTCOMES), _place("source", FIRST_LISTS),
        _place("strength", STRENGTHS),
    )  # fmt: skip
    return rows.sort(*graver, *_TIES, nulls_last=True, maintain_order=True)


def places(rows: pl.DataFrame) -> pl.DataFrame:
    """``account_id`` and ``place`` (0 is first) of whoever a row asks a look at."""
    first = in_order(rows.filter(ASKING)).unique("account_id", keep="first", maintain_order=True)
    return first.select("account_id").with_row_index("place").cast({"place": pl.Int64})
