"""The channel: at which partner or representative exceptions gather, and whom nobody names.

A partner's book is the accounts behind it; a representative's, those behind its partners. How
many of them had an exception is set against the median rate of its peers, by the exact tail of
the binomial distribution: who is busy at the usual rate is not shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Final

import polars as pl

from detector.policy.lane import Known
from detector.results.run import RunChannel

#: Fewer exceptions than these are never shown; a rate needs so many peers.
LEAST_EXCEPTIONS: Final = 5
LEAST_PEERS: Final = 20
#: The largest chance of as many exceptions at the usual rate that is shown.
RARE: Final = 0.001
_MOST: Final = 200


@dataclass(frozen=True)
class _Book:
    """One partner or representative: accounts behind it, and those with an exception."""

    kind: str
    name: str
    accounts: int
    excepted: int
    undeclared: int


def channel(known: Known) -> tuple[RunChannel, ...]:
    """Partners and representatives that are worth a look, those where exceptions gather first.

    One is worth it where exceptions gather, or where end customers stay unnamed or are on lists.
    """
    listed = _listed(known)
    told = []
    for kind in ("partner", "rep"):
        books = list(_books(known, kind))
        rates = [book.excepted / book.accounts for book in books]
        usual = median(rates) if len(books) > LEAST_PEERS else None
        told += [_row(book, usual, listed) for book in books]
    shown = [row for row in told if row.gathers or row.undeclared or row.listed]
    order = sorted(shown, key=lambda row: (not row.gathers, -row.listed, row.tail or 1.0,
                                           -row.undeclared, row.kind, row.id))  # fmt: skip
    return tuple(order[:_MOST])


def _row(book: _Book, usual: float | None, listed: dict[str, int]) -> RunChannel:
    tail = None if usual is None else at_least(book.excepted, book.accounts, usual)
    return RunChannel(
        kind=book.kind, id=book.name, accounts=book.accounts, excepted=book.excepted,
        usual=usual, tail=tail,
        gathers=book.excepted >= LEAST_EXCEPTIONS and tail is not None and tail <= RARE,
        undeclared=book.undeclared,
        listed=listed.get(book.name, 0) if book.kind == "partner" else 0,
    )  # fmt: skip


def at_least(hits: int, trials: int, rate: float) -> float:
    """The chance of so many hits or more (exact: the binomial distribution's upper tail).

    Examples
    --------
    >>> round(at_least(9, 10, 0.1), 12), at_least(0, 5, 0.2)
    (9.1e-09, 1.0)
    """
    from scipy.stats import binom

    return float(binom.sf(hits - 1, trials, rate)) if hits else 1.0


def _books(known: Known, kind: str) -> Iterator[_Book]:
    accounts = known["accounts"].drop_nulls("partner_id").select("account_id", "partner_id")
    partners = known["partners"].select("partner_id", "rep_id").unique("partner_id")
    behind = accounts.join(partners, on="partner_id", how="left")
    excepted = _excepted(known, behind, kind)
    named = known["partner_customers"].drop_nulls("account_id").select("account_id").unique()
    column = "partner_id" if kind == "partner" else "rep_id"
    rows = behind.drop_nulls(column).with_columns(
        excepted=pl.col("account_id").is_in(excepted.implode()),
        undeclared=~pl.col("account_id").is_in(named["account_id"].implode()),
    )
    told = "partner_customers" in known.present
    for name, size, had, silent in (
        rows.group_by(column)
        .agg(pl.len(), pl.col("excepted").sum(), pl.col("undeclared").sum())
        .sort(column)
        .iter_rows()
    ):
        yield _Book(kind, name, size, had, silent if told and kind == "partner" else 0)


def _excepted(known: Known, behind: pl.DataFrame, kind: str) -> pl.Series:
    """Accounts with an exception; by whom it was granted, where that is told."""
    granted = known["exceptions"].drop_nulls("account_id")
    if kind == "partner":
        return granted["account_id"].unique()
    joined = granted.join(behind.select("account_id", mine="rep_id"), on="account_id", how="left")
    own = pl.col("rep_id").is_null() | (pl.col("rep_id") == pl.col("mine"))
    return joined.filter(own)["account_id"].unique()


def _listed(known: Known) -> dict[str, int]:
    """End customers by partner that a list may know, by more than a weak hit."""
    customers = known["partner_customers"]
    if known.lists is None or customers.is_empty():
        return {}
    asked = customers.select(
        "country", party_id="partner_id", name="end_customer_name",
        address=pl.lit(None, dtype=pl.String), role=pl.lit("end customer"),
    ).unique(maintain_order=True)  # fmt: skip
    hits = known.screen(asked).filter(pl.col("strength") != "weak")
    counted = hits.group_by("party_id").agg(pl.col("name").n_unique())
    return dict(counted.sort("party_id").iter_rows())
