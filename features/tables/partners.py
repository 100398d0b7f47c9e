"""``partners``, ``partner_customers`` and ``exceptions``: who sells, to whom, by whose word."""

from __future__ import annotations

from typing import Final

import dataframely as dy
import polars as pl

from features.tables.columns import DROP, HIDE, KEEP, choice, flag, identifier, moment, person

from features.tables.columns import place, text  # isort: skip
from features.tables.known import Known
from features.tables.table import Table
from features.types import LONG_TEXT_BYTES

EXCEPTION_KINDS: Final = ["kyc_override", "quota", "discount", "region", "policy"]


class Partners(dy.Schema):
    """Resellers and other partners of the provider."""

    partner_id = identifier(HIDE)
    name = person(HIDE, nullable=False)
    country = place(KEEP)
    hq_country = place(KEEP)
    authorised = flag(KEEP)
    rep_id = identifier(HIDE, nullable=True)


class PartnerCustomers(dy.Schema):
    """End customers that partners have named."""

    partner_id = identifier(HIDE)
    end_customer_name = person(HIDE, nullable=False)
    account_id = identifier(HIDE, nullable=True)
    country = place(KEEP)
    stated_use = text(DROP, limit=LONG_TEXT_BYTES)
    recorded_at = moment(KEEP, nullable=True)


class Exceptions(dy.Schema):
    """Exceptions from the provider's own rules."""

    time = moment(KEEP, happened=True)
    kind = choice(KEEP, EXCEPTION_KINDS, nullable=False)
    account_id = identifier(HIDE, nullable=True)
    partner_id = identifier(HIDE, nullable=True)
    rep_id = identifier(HIDE, nullable=True)


PARTNERS: Final = Table(
    name="partners",
    schema=Partners,
    title="partners",
    required=("partner_id", "name"),
)

PARTNER_CUSTOMERS: Final = Table(
    name="partner_customers",
    schema=PartnerCustomers,
    title="customers of partners",
    required=("partner_id", "end_customer_name"),
    known=Known(since="recorded_at"),
    account=("account_id",),
)

EXCEPTIONS: Final = Table(
    name="exceptions",
    schema=Exceptions,
    title="exceptions granted",
    required=("time", "kind"),
    known=Known(since="time"),
    ends=pl.col("time"),
    account=("account_id",),
)
