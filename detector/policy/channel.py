"""The channel: at which partner or representative exceptions gather, and whom nobody names.

A partner's book is its customers: the accounts behind it, or those that it named; that of a
representative, the customers of its partners. How many of them had an exception is set against
the median rate of its peers, by the exact tail of the binomial distribution: who is busy at the
usual rate is not shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Final

import polars as pl

from detector.policy.lane import Known
from detector.results.runparts import RunChannel

#: Fewer exceptions than these are never shown; a rate needs so many peers.
LEAST_EXCEPTIONS: Final = 5
LEAST_PEERS: Final = 20
#: The largest chance of as many exceptions at the usual rate that is shown.
RARE: Final = 0.001
_MOST: Final = 200


@dataclass(frozen=True)
class _Book:
    """One partner or representative: its customers, and those with an exception."""

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
    from scipy.special import bdtrc

    return float(bdtrc(hits - 1, trials, rate)) if hits else 1.0


def _books(known: Known, kind: str) -> Iterator[_Book]:
    """The books of partners, or of representatives: those of their partners together."""
    books = _of_partners(known)
    granted = _granted(known)
    if kind == "partner":
        counted = granted.drop_nulls("partner_id").group_by(name="partner_id").agg(_times())
        rows = books.rename({"partner_id": "name"})
    else:
        counted = granted.drop_nulls("rep_id").group_by(name="rep_id").agg(_times())
        reps = known["partners"].drop_nulls("rep_id").select("partner_id", name="rep_id").unique()
        rows = books.join(reps, on="partner_id").group_by("name").agg(
            pl.col("customers").sum(), undeclared=pl.lit(0, dtype=pl.UInt32)
        )  # fmt: skip
    whole = rows.join(counted, on="name", how="left").with_columns(pl.col("times").fill_null(0))
    columns = ["name", "customers", "times", "undeclared"]
    for name, size, times, silent in whole.select(columns).sort("name").iter_rows():
        # More exceptions than customers: each had one.
        yield _Book(kind, name, size, min(times, size), silent)


def _of_partners(known: Known) -> pl.DataFrame:
    """By partner: customers (accounts behind it, or those it named) and accounts unnamed."""
    accounts = known["accounts"].drop_nulls("partner_id").select("account_id", "partner_id")
    customers = known["partner_customers"]
    named = customers.drop_nulls("account_id")["account_id"]
    told = "partner_customers" in known.present
    behind = accounts.group_by("partner_id").agg(
        accounts=pl.len(), undeclared=(~pl.col("account_id").is_in(named.implode()) & told).sum()
    )
    ends = customers.group_by("partner_id").agg(ends=pl.col("end_customer_name").n_unique())
    return behind.join(ends, on="partner_id", how="full", coalesce=True).select(
        "partner_id", customers=pl.max_horizontal("accounts", "ends"),
        undeclared=pl.col("undeclared").fill_null(0),
    )  # fmt: skip


def _granted(known: Known) -> pl.DataFrame:
    """Exceptions with their partner, by the account where the row does not tell."""
    partners = known["accounts"].select("account_id", of_account="partner_id")
    rows = known["exceptions"].join(partners, on="account_id", how="left")
    return rows.with_columns(partner_id=pl.coalesce("partner_id", "of_account"))


def _times() -> pl.Expr:
    """Accounts that had an exception, and exceptions of which no account is told."""
    accounts = pl.col("account_id").drop_nulls().n_unique()
    return (accounts + pl.col("account_id").null_count()).alias("times")


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
