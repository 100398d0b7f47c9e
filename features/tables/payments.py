"""``payments`` and ``fx``: money that reached or left an account, and what it is worth."""

from __future__ import annotations

from typing import Final

import dataframely as dy
import polars as pl

from features.tables.columns import HIDE, KEEP, choice, day, flag, identifier, moment, money

from features.tables.columns import number, place, text  # isort: skip
from features.tables.known import Known
from features.tables.table import Table, kept_as
from features.types import ID_BYTES, UTC_TIME

PAYMENT_KINDS: Final = ["top_up", "invoice", "refund", "chargeback", "promo_credit"]
INSTRUMENT_KINDS: Final = [
    "card", "prepaid_card", "virtual_card", "bank", "wallet", "crypto", "voucher", "credit",
]  # fmt: skip


class Payments(dy.Schema):
    """Money that reached or left an account."""

    time = moment(KEEP, happened=True)
    account_id = identifier(HIDE)
    kind = choice(KEEP, PAYMENT_KINDS, nullable=False)
    amount = money(KEEP, nullable=False)
    currency = text(KEEP, nullable=False, limit=ID_BYTES)
    instrument_hash = identifier(KEEP, nullable=True)
    instrument_kind = choice(KEEP, INSTRUMENT_KINDS)
    payer_name_matches = flag(KEEP)
    instrument_country = place(KEEP)


class Fx(dy.Schema):
    """Daily rate of a currency to the reporting currency."""

    date = day(KEEP)
    currency = text(KEEP, nullable=False, limit=ID_BYTES)
    rate = number(KEEP, above=0.0)


PAYMENTS: Final = Table(
    name="payments",
    schema=Payments,
    title="payments",
    required=("time", "account_id", "kind", "amount", "currency"),
    known=Known(since="time"),
    ends=pl.col("time"),
    account=("account_id",),
    rollup=kept_as("payments"),
    kept_whole=True,
    watermark=("payments", "time"),
    population="payments",
    missed=True,
    lesson=2,
)

FX: Final = Table(
    name="fx",
    schema=Fx,
    title="exchange rates",
    required=("date", "currency", "rate"),
    known=Known(since="date"),
    ends=pl.col("date").cast(UTC_TIME),
)
