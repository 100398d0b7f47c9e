"""Names of suppliers and buyers beside the parties of accounts.

A supplier is a firm: a person's name agrees with it only where it is the same. It is another firm
than the holder where its name says another legal form than the holder's at home does, or a place
that the account has nothing to do with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final

import polars as pl

from detector.policy.law.parties import BEHIND
from detector.policy.leads.notices import Notice
from detector.policy.lists import completed
from detector.policy.names.normalise import readings
from detector.policy.names.score import POSSIBLE_BAND, SAME_BAND, STRONG_BAND
from detector.policy.names.tables import tables

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
        "elsewhere": pl.String(),
    }
)  # fmt: skip
_ORDER: Final = ("holder", "local name")
# A legal form in another script is a translation.
_LATIN: Final = r"^[\p{Latin}\P{L}]*$"
# One customer may well be told to be in either of these.
_NEIGHBOURS: Final = {"HK": "CN", "MO": "CN"}
_PAIR: Final = ("supplier", "account_id")


def entries_of(notices: Iterable[Notice]) -> pl.DataFrame:
    """Suppliers of notices in the shape of entries of a list, each name once."""
    names = sorted({name for notice in notices for name in notice.suppliers})
    rows = pl.DataFrame({"name": names}, schema={"name": pl.String})
    return completed(
        rows.with_columns(
            entry_key="name", source=pl.lit(NOTICE), source_name=pl.lit(NOTICE),
            kind=pl.lit("organisation"), mapped=pl.lit(value=False),
        )
    )  # fmt: skip


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
    people = parties.filter("person").select("account_id", "role", party="name")
    firms = told.join(people, on=["account_id", "role", "party"], how="anti")
    same = told.filter(pl.col("score") >= SAME_BAND)
    nearest = (
        pl.concat([firms, same]).unique().sort(
            *_PAIR, "score", own, "role", "party",
            descending=[False, False, True, True, False, False],
        )
        .unique(_PAIR, keep="first", maintain_order=True)
    )  # fmt: skip
    at_home = told.filter(own & pl.col("other_form") & pl.col("party").str.contains(_LATIN))
    formed = nearest.join(at_home.select(*_PAIR, formed=True).unique(), on=_PAIR, how="left",
                          maintain_order="left")  # fmt: skip
    return formed.with_columns(
        other_form=pl.col("other_form") | pl.col("formed").fill_null(value=False),
        elsewhere=pl.Series(list(_elsewhere(nearest, parties)), dtype=pl.String),
    ).select(list(NEAR)).cast(NEAR)  # fmt: skip


def _elsewhere(nearest: pl.DataFrame, parties: pl.DataFrame) -> Iterator[str | None]:
    """A place that a supplier's name says, and the account has nothing to do with."""
    told = parties.join(nearest, on="account_id", how="semi").drop_nulls("country")
    known: dict[str, set[str]] = {}
    for account, country in told.select("account_id", "country").unique().iter_rows():
        known.setdefault(account, set()).add(_NEIGHBOURS.get(country, country))
    for supplier, account, party in nearest.select(*_PAIR, "party").iter_rows():
        said = _places(supplier) - _places(party)
        # Where nobody tells the account's place, no place is another.
        strange = said - known.get(account, said)
        yield min(strange, default=None) if len(strange) == len(said) else None


@lru_cache(maxsize=10_000)
def _places(name: str) -> frozenset[str]:
    places = tables().places
    found = {places.get(word) for reading in readings(name) for word in reading.words}
    return frozenset(_NEIGHBOURS.get(place, place) for place in found if place)
