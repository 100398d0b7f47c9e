"""``account_owners`` and ``entity_owners``: who owns whom, and how much of them."""

from __future__ import annotations

from typing import Any, Final

import dataframely as dy
import polars as pl

from features import ownership
from features.tables import shares
from features.tables.columns import DROP, HIDE, KEEP, choice, flag, identifier, moment, person

from features.tables.columns import place, share, text  # isort: skip
from features.tables.known import Known
from features.tables.table import Table
from features.types import ID_BYTES


class Owned(dy.Schema):
    """An owner and their share; null bounds are unknown, shares are fractions once read."""

    owner_name = person(HIDE, nullable=False, limit=ID_BYTES)
    share_min = share(KEEP)
    share_max = share(KEEP)
    share_unit = choice(KEEP, shares.SHARE_UNITS)
    share_min_open = flag(KEEP)
    share_max_open = flag(KEEP)
    owner_kind = choice(KEEP, ["person", "entity"])
    owner_country = place(KEEP)
    owner_hq_country = place(KEEP)
    since = moment(KEEP, nullable=True)
    until = moment(KEEP, nullable=True)
    source = text(DROP)

    @dy.rule()
    def shares_need_their_unit(cls) -> pl.Expr:
        """Shares above 1 say that they are percentages."""
        return shares.need_their_unit()

    @dy.rule()
    def shares_are_at_most_the_whole(cls) -> pl.Expr:
        """Percentages are at most 100."""
        return shares.at_most_the_whole()


class OwnedAccount(dy.Schema):
    """What is owned is an account."""

    account_id = identifier(HIDE)


class OwnedEntity(dy.Schema):
    """What is owned is a company."""

    owned_name = person(HIDE, nullable=False, limit=ID_BYTES)
    owned_id = identifier(HIDE, nullable=True)
    owner_id = identifier(HIDE, nullable=True)


class AccountOwners(OwnedAccount, Owned):
    """Owners of an account's holder."""


class EntityOwners(OwnedEntity, Owned):
    """Owners of a company, link by link up to those who own an account's holder."""


_OWNED: Final[dict[str, Any]] = {
    "known": Known(since="since", dated={"until": ("until",)}),
    "ends": pl.col("until"),
    "tidy": shares.fractions,
    "sentences": shares.SENTENCES,
}

ACCOUNT_OWNERS: Final = Table(
    name="account_owners",
    schema=AccountOwners,
    title="ownership",
    required=("account_id", "owner_name", "share_min", "share_max"),
    account=("account_id",),
    rollup=ownership.owners,
    **_OWNED,
)

ENTITY_OWNERS: Final = Table(
    name="entity_owners",
    schema=EntityOwners,
    title="ownership of companies",
    required=("owned_name", "owner_name", "share_min", "share_max"),
    **_OWNED,
)
