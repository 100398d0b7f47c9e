"""Names of suppliers and buyers beside the parties of accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import polars as pl

from detector.policy.law.parties import BEHIND
from detector.policy.leads.notices import Notice
from detector.policy.lists import ENTRIES
from detector.policy.names.score import POSSIBLE_BAND, STRONG_BAND

#: A hit of one of these is near enough to be the same party.
STRONG: Final = STRONG_BAND
POSSIBLE: Final = POSSIBLE_BAND
#: What the source of an entry is that a notice made.
NOTICE: Final = "notice"
#: Pairs of a name of a notice and a party of an account, the nearest of each two.
NEAR: Final = pl.Schema(
    {
        "supplier": pl.String(), "account_id": pl.String(), "party": pl.String(),
        "role": pl.String(), "score": pl.Int64(), "other_form": pl.Boolean(),
    }
)  # fmt: skip
_ORDER: Final = ("holder", "local name")


def entries_of(notices: Iterable[Notice]) -> pl.DataFrame:
    """Suppliers of notices in the shape of entries of a list, each name once."""
    names = sorted({name for notice in notices for name in notice.suppliers})
    empty: list[str] = []
    nothing = [pl.lit(None).alias(name) for name in ENTRIES if name != "name"]
    rows = pl.DataFrame({"name": names}, schema={"name": pl.String}).with_columns(nothing)
    return rows.with_columns(
        entry_key=pl.col("name"), source=pl.lit(NOTICE), source_name=pl.lit(NOTICE),
        kind=pl.lit("organisation"), mapped=pl.lit(value=False), aliases=pl.lit(empty),
        weak_aliases=pl.lit(empty), addresses=pl.lit(empty), countries=pl.lit(empty),
        programs=pl.lit(empty),
    ).cast(ENTRIES).select(list(ENTRIES))  # type: ignore[arg-type]  # fmt: skip


def near(
    notices: Iterable[Notice],
    parties: pl.DataFrame,
    compare: Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame],
) -> pl.DataFrame:
    """Rows of ``NEAR``: which parties of which accounts suppliers may be.

    Parameters
    ----------
    parties
        Of accounts (``law.parties.PARTIES``).
    compare
        Gives the hits of parties on entries (``names.screen.HITS``).
    """
    entries = entries_of(notices)
    if entries.is_empty() or parties.is_empty():
        return NEAR.to_frame()
    asked = parties.filter(~pl.col("role").is_in(BEHIND) | ~pl.col("person")).select(
        "name", "role", party_id="account_id", country=pl.lit(None, dtype=pl.String),
        address=pl.lit(None, dtype=pl.String),
    ).unique(maintain_order=True)  # fmt: skip
    hits = compare(asked, entries)
    told = hits.select(
        "role", "score", supplier="entry_name", account_id="party_id", party="name",
        other_form=pl.col("parts").list.eval(pl.element().struct.field("kind") == "form")
        .list.any(),
    )  # fmt: skip
    own = pl.col("role").is_in(_ORDER)
    return (
        told.sort("supplier", "account_id", "score", own, "role", "party",
                  descending=[False, False, True, True, False, False])
        .unique(["supplier", "account_id"], keep="first", maintain_order=True)
        .select(list(NEAR)).cast(NEAR)
    )  # fmt: skip
