"""The parties of an account: who stands behind it, in which role, and where they are.

Names are those of organisations but for owners that are told to be people and for customers
that are individuals; a person's nationality, place of birth and language are no columns here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from detector.policy.lane import Known
from detector.policy.law.found import HOLDER
from detector.policy.owners.shares import current

#: ``person`` is true where the name is that of a person: such a hit never asks for a queue.
PARTIES: Final = pl.Schema(
    {
        "account_id": pl.String(), "name": pl.String(), "country": pl.String(),
        "address": pl.String(), "role": pl.String(), "person": pl.Boolean(),
    }
)  # fmt: skip
LOCAL: Final = "local name"
PARENT: Final = "parent"
OWNER: Final = "owner"
PARTNER: Final = "partner"
END_CUSTOMER: Final = "end customer named by partner"
#: Roles whose part in the account is for the rules of ownership to weigh.
BEHIND: Final = (PARENT, OWNER)


def parties_of(known: Known) -> pl.DataFrame:
    """Every party of the accounts that are scored, a row for each place it is told to be in."""
    accounts = known["accounts"].filter(
        pl.col("account_id").is_in(known.accounts.implode())
    )  # fmt: skip
    frames = [
        *_holders(accounts),
        _parents(accounts),
        _owners(known, accounts),
        _partners(known, accounts),
        _end_customers(known, accounts),
    ]
    rows = pl.concat([PARTIES.to_frame(), *(_whole(frame) for frame in frames)])
    return rows.filter(pl.col("name").str.strip_chars() != "").unique(maintain_order=True)


def _whole(frame: pl.DataFrame) -> pl.DataFrame:
    nothing = [pl.lit(None).alias(name) for name in PARTIES if name not in frame.columns]
    return (
        frame.with_columns(nothing)
        .select(list(PARTIES))
        .cast(PARTIES)
        .with_columns(pl.col("person").fill_null(value=False))
    )


def _holders(accounts: pl.DataFrame) -> list[pl.DataFrame]:
    """The holder by both its names, in each place that it is told to be in."""
    person = pl.col("customer_class").cast(pl.String).eq_missing(pl.lit("individual"))
    return [
        accounts.drop_nulls(column).filter(told).select(
            "account_id", name=column, country=place, address="org_address",
            role=pl.lit(role), person=person,
        )
        for column, role in (("org_name", HOLDER), ("local_name", LOCAL))
        for place, told in _places()
    ]  # fmt: skip


def _places() -> tuple[tuple[str, pl.Expr], ...]:
    """Columns of places, each with the accounts that it says more of than the other."""
    seat, said = pl.col("hq_country").is_not_null(), pl.col("declared_country").is_not_null()
    return ("hq_country", seat), ("declared_country", said | ~seat)


def _parents(accounts: pl.DataFrame) -> pl.DataFrame:
    return accounts.drop_nulls("ultimate_parent_name").select(
        "account_id", name="ultimate_parent_name", country="ultimate_parent_hq_country",
        role=pl.lit(PARENT),
    )  # fmt: skip


def _owners(known: Known, accounts: pl.DataFrame) -> pl.DataFrame:
    held = current(known["account_owners"], known.as_of)
    return held.join(accounts.select("account_id"), on="account_id", how="semi").select(
        "account_id", name="owner_name",
        country=pl.coalesce("owner_hq_country", "owner_country"), role=pl.lit(OWNER),
        person=pl.col("owner_kind").cast(pl.String).eq_missing(pl.lit("person")),
    )  # fmt: skip


def _partners(known: Known, accounts: pl.DataFrame) -> pl.DataFrame:
    sold = accounts.drop_nulls("partner_id").select("account_id", "partner_id")
    return sold.join(known["partners"], on="partner_id").select(
        "account_id", "name", country=pl.coalesce("hq_country", "country"), role=pl.lit(PARTNER)
    )


def _end_customers(known: Known, accounts: pl.DataFrame) -> pl.DataFrame:
    named = known["partner_customers"].drop_nulls("account_id")
    return named.join(accounts.select("account_id"), on="account_id", how="semi").select(
        "account_id", "country", name="end_customer_name",
        role=pl.format(f"{END_CUSTOMER} {{}}", "partner_id"),
    )  # fmt: skip


def people(parties: pl.DataFrame) -> pl.DataFrame:
    """Whether each name of a party (``party_id``, ``role``, ``name``) is a person's: ``person``.

    A name told of a company and of a person is that of both: being a person hides no company.
    """
    return parties.group_by("role", "name", party_id="account_id").agg(pl.col("person").all())


def places_of(accounts: pl.DataFrame) -> pl.DataFrame:
    """Where an account's holder and its parent are, by what the customer declares."""
    columns: Sequence[str] = (
        "account_id", "org_name", "hq_country", "declared_country", "ultimate_parent_name",
        "ultimate_parent_hq_country",
    )  # fmt: skip
    return accounts.select(columns)
