"""``tenders`` and ``abuse_reports``: what others have published or reported."""

from __future__ import annotations

from typing import Final

import dataframely as dy
import polars as pl

from features.tables import columns
from features.tables.columns import DROP, HIDE, KEEP
from features.tables.identifiers import CONFIDENCES, INDICATOR_KINDS
from features.tables.known import Known
from features.tables.table import Table
from features.types import ID_BYTES, LONG_TEXT_BYTES

NOTICE_TYPES: Final = ["tender", "award", "contract", "correction", "cancelled"]
DISPOSITIONS: Final = ["did_not_proceed", "other_supplier", "confirmed"]
REPORT_STATUSES: Final = ["open", "confirmed", "rejected", "withdrawn"]


class Tenders(dy.Schema):
    """Public notices: outside evidence."""

    published_at = columns.moment(KEEP, happened=True)
    buyer_name = columns.person(HIDE, nullable=False, limit=ID_BYTES)
    supplier_name = columns.person(HIDE)
    # Several names in one text have no pseudonym that would meet another one.
    supplier_names = columns.person(DROP, limit=LONG_TEXT_BYTES)
    buyer_country = columns.place(KEEP)
    amount = columns.money(KEEP)
    currency = columns.text(KEEP)
    title = columns.text(DROP, limit=LONG_TEXT_BYTES)
    text = columns.text(DROP, limit=1_000_000)
    url = columns.text(DROP)
    notice_id = columns.identifier(HIDE, nullable=True)
    notice_type = columns.choice(KEEP, NOTICE_TYPES)
    disposition = columns.choice(KEEP, DISPOSITIONS)
    disposition_at = columns.moment(KEEP, nullable=True)
    disposition_source = columns.text(DROP)


class AbuseReports(dy.Schema):
    """Reports of abuse, from others or from within."""

    reported_at = columns.moment(KEEP, happened=True)
    source = columns.text(KEEP, nullable=False, limit=ID_BYTES)
    category = columns.text(KEEP, nullable=False, limit=ID_BYTES)
    report_id = columns.identifier(HIDE, nullable=True)
    account_id = columns.identifier(HIDE, nullable=True)
    indicator_kind = columns.choice(KEEP, INDICATOR_KINDS)
    value_hash = columns.identifier(KEEP, nullable=True)
    status = columns.choice(KEEP, REPORT_STATUSES)
    confidence = columns.choice(KEEP, CONFIDENCES)


TENDERS: Final = Table(
    name="tenders",
    schema=Tenders,
    title="public tenders",
    required=("published_at", "buyer_name"),
    known=Known(
        since="published_at",
        dated={"disposition_at": ("disposition", "disposition_source", "disposition_at")},
    ),
    ends=pl.col("published_at"),
)

ABUSE_REPORTS: Final = Table(
    name="abuse_reports",
    schema=AbuseReports,
    title="abuse reports",
    required=("reported_at", "source", "category"),
    known=Known(since="reported_at"),
    ends=pl.col("reported_at"),
    account=("account_id",),
)
