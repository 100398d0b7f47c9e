"""Parties beside the entries of lists: who may be listed, how nearly, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from detector.policy.names.address import addresses_agree
from detector.policy.names.against import PARTS, Screened, name_hits, prepare
from detector.policy.names.score import band
from detector.policy.names.strength import strength

#: A hit: one name of a party and one entry of a list.
HITS: Final = pl.Schema(
    {
        "party_id": pl.String(),
        "role": pl.String(),
        "name": pl.String(),
        "entry_key": pl.String(),
        "source": pl.String(),
        "kind": pl.String(),
        "entry_name": pl.String(),
        "alias": pl.String(),
        "alias_kind": pl.String(),
        "score": pl.Int32(),
        "band": pl.String(),
        "country_agrees": pl.Boolean(),
        "address_agrees": pl.Boolean(),
        "strength": pl.String(),
        "citation": pl.String(),
        "file_sha256": pl.String(),
        "parts": PARTS,
    }
)
#: The band of a hit that nobody could compare: the names are to be screened where they are.
AGAIN: Final = "again"
_PARTY: Final = ("party_id", "name", "country", "address", "role")
_ENTRY: Final = ("entry_key", "source", "kind", "citation", "file_sha256", "countries", "addresses")
_ORDER: Final = {
    "party_id": False, "role": False, "name": False, "score": True, "entry_key": False,
    # Rows of one party that differ in country or address alone.
    "country_agrees": False, "address_agrees": False,
}  # fmt: skip
_AGREES: Final = {
    "band": pl.String(),
    "country_agrees": pl.Boolean(),
    "address_agrees": pl.Boolean(),
    "strength": pl.String(),
}
#: Parts of a score that tell of another word, not of a slip in the same one.
_OTHER_WORDS: Final = ("contradicts", "omitted", "numbers", "common words")


def screen(parties: pl.DataFrame, entries: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Names of parties that may be those of listed entries.

    Parameters
    ----------
    parties : pl.DataFrame
        ``party_id``, ``name``, ``country``, ``address`` and ``role``. Rows of one ``party_id``
        are the roles of one case: a weak alias counts only beside a hit of another role.
    entries : pl.DataFrame
        Entries of lists, as :func:`detector.policy.lists.read_lists` gives them.
    as_of : date
        Only entries in force on this day are compared.

    Returns
    -------
    pl.DataFrame
        Rows of :data:`HITS`, sorted: the same on any number of threads, in any order of rows.
    """
    return screen_prepared(parties, prepare(entries, as_of=as_of))


def screen_prepared(parties: pl.DataFrame, against: Screened) -> pl.DataFrame:
    """:func:`screen`, where the entries were read before."""
    names = parties["name"].drop_nulls().unique().sort()
    return of_parties(parties, name_hits(names, against), against.entries)


def of_parties(
    parties: pl.DataFrame,
    hits: pl.DataFrame,
    rows: pl.DataFrame,
    places: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """What hits of names mean for the parties that bear them.

    Parameters
    ----------
    parties : pl.DataFrame
        As of :func:`screen`.
    hits : pl.DataFrame
        Rows of :data:`detector.policy.names.against.NAME_HITS`; those of other names and of
        other entries count for nothing.
    rows : pl.DataFrame
        Entries, each once, as :func:`detector.policy.names.against.current` gives them.
    places : pl.DataFrame, optional
        Where names and addresses are pseudonyms: ``address``, ``entry_key`` and ``agrees``.
    """
    told = (
        parties.select(_PARTY)
        .join(hits, on="name", how="semi")
        .unique()
        .join(hits, on="name")
        .join(rows.select(*_ENTRY, entry_name="name"), on="entry_key")
    )
    told = told.hstack(_agreeing(told, _places(told, places))).select(list(HITS))
    return _without_lone_weak(told).sort(
        list(_ORDER), descending=list(_ORDER.values()), nulls_last=True
    )


def _places(told: pl.DataFrame, places: pl.DataFrame | None) -> list[bool | None]:
    """Whether the address of each hit's party is one of the entry's."""
    if places is None:
        return [addresses_agree(*both) for both in told.select("address", "addresses").iter_rows()]
    on = ["address", "entry_key"]
    return told.join(places, on=on, how="left", maintain_order="left")["agrees"].to_list()


def _agreeing(told: pl.DataFrame, places: list[bool | None]) -> pl.DataFrame:
    """Band, country, address and strength of each hit of a party."""
    other = pl.col("parts").list.eval(
        pl.element().struct.field("kind").is_in(_OTHER_WORDS)
    ).list.any()  # fmt: skip
    asked = told.select(
        "score", "kind", "alias_kind", "words", "country", "countries", other.fill_null(value=False)
    ).iter_rows()
    rows = []
    for (score, kind, alias, words, mine, theirs, others), place in zip(asked, places, strict=True):
        country = _country_agrees(mine, theirs)
        weight = strength(score, kind, alias, words, country, place, other_words=others)
        rows.append((band(score) or AGAIN, country, place, weight))
    return pl.DataFrame(rows, schema=_AGREES, orient="row")


def _country_agrees(country: str | None, countries: Sequence[str] | None) -> bool | None:
    return country.upper() in countries if country and countries else None


def _without_lone_weak(hits: pl.DataFrame) -> pl.DataFrame:
    """A weak alias needs its country, and a hit of another role by more than a weak alias."""
    strong = hits.filter(pl.col("alias_kind") != "weak").select("party_id", other="role").unique()
    beside = (
        hits.select("party_id", "role")
        .unique()
        .join(strong, on="party_id", nulls_equal=True)
        .filter(pl.col("role").ne_missing(pl.col("other")))
        .select("party_id", "role", second=pl.lit(value=True))
        .unique()
    )
    return (
        hits.join(beside, on=["party_id", "role"], how="left", nulls_equal=True)
        .filter((pl.col("alias_kind") != "weak") | (pl.col("second") & pl.col("country_agrees")))
        .drop("second")
    )
