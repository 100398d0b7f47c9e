"""``account_links`` and ``indicators``: identifiers of accounts, and those others warn of."""

from __future__ import annotations

from typing import Final

import dataframely as dy
import polars as pl

from features import observed
from features.links.kinds import LINK_KINDS
from features.tables.columns import HIDE, KEEP, choice, identifier, moment, text
from features.tables.known import Known
from features.tables.table import Table
from features.types import ID_BYTES

INDICATOR_KINDS: Final = [*LINK_KINDS, "tls_fingerprint", "client", "template"]
CONFIDENCES: Final = ["low", "medium", "high"]
SHARINGS: Final = ["clear", "green", "amber", "red"]


class AccountLinks(dy.Schema):
    """Identifiers seen with an account, as keyed hashes."""

    account_id = identifier(HIDE)
    kind = choice(KEEP, LINK_KINDS, nullable=False)
    value_hash = identifier(KEEP)
    first_seen = moment(KEEP, happened=True)
    last_seen = moment(KEEP, happened=True)

    @dy.rule()
    def seen_in_order(cls) -> pl.Expr:
        """last_seen is not before first_seen."""
        return pl.col("last_seen") >= pl.col("first_seen")


class Indicators(dy.Schema):
    """Identifiers that others warn of, as hashes under a key shared with them."""

    source = text(KEEP, nullable=False, limit=ID_BYTES)
    kind = choice(KEEP, INDICATOR_KINDS, nullable=False)
    value_hash = identifier(KEEP)
    valid_from = moment(KEEP)
    valid_to = moment(KEEP, nullable=True)
    category = text(KEEP)
    confidence = choice(KEEP, CONFIDENCES)
    sharing = choice(KEEP, SHARINGS)


ACCOUNT_LINKS: Final = Table(
    name="account_links",
    schema=AccountLinks,
    title="shared identifiers",
    required=("account_id", "kind", "value_hash", "first_seen", "last_seen"),
    known=Known(since="first_seen", clipped=("last_seen",)),
    ends=pl.col("last_seen"),
    account=("account_id",),
    rollup=lambda rows, _as_of, _catalogue: {"links": observed.links(rows)},
    watermark=("links", "last"),
    population="links",
    missed=True,
)

INDICATORS: Final = Table(
    name="indicators",
    schema=Indicators,
    title="indicators from others",
    required=("source", "kind", "value_hash", "valid_from"),
    known=Known(since="valid_from", dated={"valid_to": ("valid_to",)}),
    ends=pl.col("valid_to"),
)
