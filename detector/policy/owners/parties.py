"""Parties of ownership: what is one party, and what it is called.

A party is known by its id, else by its name; people and companies of one name are two parties,
and so are an account and a company. A name that stands for one id alone is that id's.
"""

from __future__ import annotations

from typing import Final

import polars as pl

#: Columns of links in the order of parties: who is owned, and by whom.
ENDS: Final = ("owned", "owner")
_OPTIONAL: Final = ("owned_id", "owner_id", "owner_kind", "owner_country", "owner_hq_country")


def account_key(account: str) -> str:
    """The party that holds an account.

    >>> account_key("0012")
    'account:0012'
    """
    return f"account:{account}"


def folded(name: pl.Expr) -> pl.Expr:
    """A name as it is compared: one width, one case, single spaces, nothing invisible.

    A name of which nothing is left stays as it is: two of them are not one party.
    """
    plain = (
        name.str.normalize("NFKC")
        .str.replace_all(r"\s+", " ")
        .str.replace_all(r"\p{C}", "")
        .str.strip_chars()
        .str.to_lowercase()
        .str.normalize("NFKC")
    )
    return pl.when(plain.str.len_bytes() > 0).then(plain).otherwise(name)


def with_parties(entities: pl.DataFrame, accounts: pl.DataFrame | None = None) -> pl.DataFrame:
    """Rows of ``entity_owners`` and ``account_owners`` as one frame of links between parties.

    Parameters
    ----------
    entities, accounts
        Rows in the contract's columns, of which those that are not required may be missing.

    Returns
    -------
    polars.DataFrame
        The rows with ``owned`` and ``owner``, their parties, and ``owned_name``.
    """
    held = [_whole(entities)]
    if accounts is not None:
        account = pl.col("account_id").cast(pl.String)
        held.append(_whole(accounts.with_columns(owned_name=account, account=account)))
    rows = pl.concat(held, how="diagonal_relaxed")
    if "account" not in rows.columns:
        rows = rows.with_columns(account=pl.lit(None, dtype=pl.String))
    names = {f"{end}_folded": folded(pl.col(f"{end}_name")) for end in ENDS}
    rows = rows.with_columns(**names)
    only = _only_ids(rows)
    for end in ENDS:
        rows = rows.join(
            only.rename({"name": f"{end}_folded", "id": f"{end}_known"}),
            on=f"{end}_folded", how="left", maintain_order="left",
        )  # fmt: skip
    person = pl.col("owner_kind").cast(pl.String).eq_missing(pl.lit("person"))
    return rows.with_columns(
        owned=pl.coalesce("account:" + pl.col("account"), _party("owned", pl.lit(value=False))),
        owner=_party("owner", person),
    ).drop("owned_folded", "owner_folded", "owned_known", "owner_known", "account")


def _whole(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with every column that is asked for below."""
    missing = [pl.lit(None, dtype=pl.String).alias(c) for c in _OPTIONAL if c not in rows.columns]
    return rows.with_columns(missing)


def _party(end: str, person: pl.Expr) -> pl.Expr:
    """By id; a company also by the one id of its name; else by name and kind."""
    known = pl.when(~person).then(pl.col(f"{end}_known"))
    kind = pl.when(person).then(pl.lit("person:")).otherwise(pl.lit("name:"))
    return pl.coalesce("id:" + pl.col(f"{end}_id"), "id:" + known, kind + pl.col(f"{end}_folded"))


def _ids(rows: pl.DataFrame) -> pl.DataFrame:
    """Each name of a company with each id that it stands beside."""
    company = pl.col("owner_kind").cast(pl.String).ne_missing(pl.lit("person"))
    sides = [
        rows.filter(pl.col("owned_id").is_not_null()).select(name="owned_folded", id="owned_id"),
        rows.filter(pl.col("owner_id").is_not_null() & company)
        .select(name="owner_folded", id="owner_id"),
    ]  # fmt: skip
    return pl.concat(sides).unique()


def _only_ids(rows: pl.DataFrame) -> pl.DataFrame:
    """Names that stand for one id alone."""
    counted = _ids(rows).group_by("name").agg(pl.len(), pl.col("id").first())
    return counted.filter(pl.col("len") == 1).select("name", "id")


def ambiguous(entities: pl.DataFrame) -> list[str]:
    """Names of companies that stand beside several ids, and somewhere alone.

    Alone they are a party of their own, whose owners may be missing from any of these.
    """
    rows = _whole(entities).with_columns(
        **{f"{end}_folded": folded(pl.col(f"{end}_name")) for end in ENDS}
    )
    counted = _ids(rows).group_by("name").agg(pl.len()).filter(pl.col("len") > 1)
    without = pl.concat(
        [rows.filter(pl.col(f"{end}_id").is_null()).select(name=f"{end}_folded") for end in ENDS]
    )
    return sorted(counted.join(without, on="name", how="semi")["name"].to_list())


def named(links: pl.DataFrame) -> pl.DataFrame:
    """Each party once: ``party``, ``name``, ``kind``, ``country``, sorted by party.

    Where rows differ about a party, the least text is taken: no order of rows matters.
    """
    person = pl.col("owner_kind").cast(pl.String).eq_missing(pl.lit("person"))
    country = pl.coalesce(pl.col("owner_country"), pl.col("owner_hq_country"))
    owners = links.select(
        party="owner",
        name="owner_name",
        kind=pl.when(person).then(pl.lit("person")).otherwise(pl.lit("entity")),
        country=country.cast(pl.String),
    )
    account = pl.col("owned").str.starts_with("account:")
    owned = links.select(
        party="owned",
        name="owned_name",
        kind=pl.when(account).then(pl.lit("account")).otherwise(pl.lit("entity")),
        country=pl.lit(None, dtype=pl.String),
    )
    return (
        pl.concat([owners, owned])
        .group_by("party")
        .agg(pl.col("name", "kind", "country").min())
        .sort("party")
    )
