"""Who owns the accounts: their own records and those of the company that holds them.

An ultimate parent without a share is an owner whose share is not known. Which owners stand on
lists is found here, by list and by program of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from detector.policy.lane import Known
from detector.policy.law.apart import told_apart
from detector.policy.law.decided import Decided
from detector.policy.law.parties import OWNER
from detector.policy.owners.parties import account_key, folded, with_parties
from detector.policy.owners.shares import current
from detector.results import PART
from features.tables import SCHEMAS

#: What the party of an account begins with.
ACCOUNT: Final = account_key("")
#: Names this near that are no match may be the listed party.
_NEAR: Final = ("same", "strong")


@dataclass(frozen=True)
class Owners:
    """The links of a run, and which owners stand on lists.

    Attributes
    ----------
    links
        Rows of ``owners.parties.with_parties`` that hold at as-of, with the owners of each
        account apart (``apart.told_apart``).
    told
        Accounts of which any owner is told, were it one that has left.
    hits
        Hits of owners on lists: ``owner`` (its party), ``code`` (a list, or a program of it),
        ``sure``, ``entry_key``, ``entry_name``, ``source``, ``score``, ``parts``,
        ``file_sha256``; the nearest of each owner and code.
    """

    links: pl.DataFrame
    told: pl.Series
    hits: pl.DataFrame


def owners_of(known: Known, decided: Decided) -> Owners:
    """The owners of all accounts, and which of them are on lists."""
    entities, accounts = known["entity_owners"], known["account_owners"]
    holders = known["accounts"].select(
        "account_id", "org_name", "ultimate_parent_name", "ultimate_parent_hq_country"
    )
    ever = (accounts, _of_holders(holders, entities), _parents(holders))
    told = pl.concat([rows["account_id"] for rows in ever]).unique()
    now = _links(holders, current(entities, known.as_of), current(accounts, known.as_of))
    links = told_apart(now)
    return Owners(links, told, _hits(known, links, decided))


def _links(holders: pl.DataFrame, entities: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    through = _beside(accounts, _of_holders(holders, entities))
    parents = _beside(pl.concat([accounts, through]), _parents(holders))
    return with_parties(entities, pl.concat([accounts, through, parents]))


def _of_holders(holders: pl.DataFrame, entities: pl.DataFrame) -> pl.DataFrame:
    """What is told of the owners of the company that holds an account."""
    named = holders.drop_nulls("org_name").select("account_id", key=folded(pl.col("org_name")))
    held = entities.with_columns(key=folded(pl.col("owned_name"))).join(named, on="key")
    return _as_account_owners(held)


def _parents(holders: pl.DataFrame) -> pl.DataFrame:
    """Ultimate parents, whose share nobody told."""
    told = holders.drop_nulls("ultimate_parent_name").filter(
        folded(pl.col("ultimate_parent_name")).ne_missing(folded(pl.col("org_name")))
    )
    return _as_account_owners(
        told.select(
            "account_id", owner_name="ultimate_parent_name", owner_kind=pl.lit("entity"),
            owner_hq_country="ultimate_parent_hq_country",
        )
    )  # fmt: skip


def _as_account_owners(rows: pl.DataFrame) -> pl.DataFrame:
    empty: pl.DataFrame = SCHEMAS["account_owners"].create_empty()
    nothing = [pl.lit(None).alias(name) for name in empty.columns if name not in rows.columns]
    return rows.with_columns(nothing).select(empty.columns).cast(empty.schema)


def _beside(rows: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    """Rows of owners that are not told of the same account already."""
    keys = [pl.col("account_id"), folded(pl.col("owner_name")).alias("owner")]
    return (
        more.with_columns(keys[1]).join(rows.select(keys), on=["account_id", "owner"], how="anti")
        .select(rows.columns)
    )  # fmt: skip


def _hits(known: Known, links: pl.DataFrame, decided: Decided) -> pl.DataFrame:
    """Who of the owners may stand on a list, by list and program."""
    person = pl.col("owner_kind").cast(pl.String).eq_missing(pl.lit("person"))
    owners = links.filter(~person).select(
        party_id="owner", name="owner_name",
        country=pl.coalesce("owner_hq_country", "owner_country"),
        address=pl.lit(None, dtype=pl.String), role=pl.lit(OWNER),
    ).unique(maintain_order=True)  # fmt: skip
    entries = known.lists.entries if known.lists is not None else None
    if entries is None or owners.is_empty():
        return no_hits()
    hits = decided.without_false(known.screen(owners))
    facts = entries.unique("entry_key").select(
        "entry_key", "mapped", "programs", "addresses", entry_countries="countries"
    )
    listed = hits.filter(pl.col("band").is_in(_NEAR) & (pl.col("alias_kind") != "weak")).join(
        facts, on="entry_key"
    )
    # An entry of which no place is told can agree with none.
    nowhere = (pl.col("entry_countries").list.len() == 0) & (pl.col("addresses").list.len() == 0)
    sure = (
        (pl.col("band") == _NEAR[0]) & pl.col("kind").is_in(["organisation", "unknown"])
        & pl.col("mapped") & (pl.col("country_agrees").fill_null(value=False) | nowhere)
    )  # fmt: skip
    coded = listed.with_columns(
        sure=sure, code=pl.concat_list(pl.col("source"), pl.col("programs"))
    ).explode("code")
    return (
        coded.sort("party_id", "code", "sure", "score", "entry_key",
                   descending=[False, False, True, True, False])
        .unique(["party_id", "code"], keep="first", maintain_order=True)
        .select("code", "sure", "entry_key", "entry_name", "source", "score", "parts",
                "file_sha256", owner="party_id")
    )  # fmt: skip


def no_hits() -> pl.DataFrame:
    """A frame of hits without a row."""
    return pl.DataFrame(
        schema={
            "code": pl.String, "sure": pl.Boolean, "entry_key": pl.String,
            "entry_name": pl.String, "source": pl.String, "score": pl.Int32,
            "parts": pl.List(PART), "file_sha256": pl.String, "owner": pl.String,
        }
    )  # fmt: skip
