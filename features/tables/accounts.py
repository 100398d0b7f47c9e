"""``accounts``: one row per account, as the provider's customer records hold it."""

from __future__ import annotations

from typing import Final

import dataframely as dy
import polars as pl

from features import observed
from features.tables.columns import DROP, HIDE, KEEP, choice, flag, identifier, moment, person

from features.tables.columns import place, text  # isort: skip
from features.tables.known import Known
from features.tables.table import Table
from features.types import LONG_TEXT_BYTES

USE_CLASSES: Final = [
    "web", "analytics", "rendering", "scientific", "ml_training", "ml_inference",
    "finance", "gaming", "education", "other",
]  # fmt: skip
CUSTOMER_CLASSES: Final = [
    "individual", "startup", "business", "enterprise", "education", "government", "reseller",
]  # fmt: skip
KYC_STATUSES: Final = ["none", "pending", "verified", "failed", "expired"]
CLOSE_REASONS: Final = ["customer", "fraud", "policy", "restricted_party", "other"]


class Accounts(dy.Schema):
    """One row per account, as the provider's customer records hold it."""

    account_id = identifier(HIDE)
    created_at = moment(KEEP)
    payer_account_id = identifier(HIDE, nullable=True)
    organisation_id = identifier(HIDE, nullable=True)
    declared_reseller = flag(KEEP)
    partner_id = identifier(HIDE, nullable=True)
    declared_use = text(DROP, limit=LONG_TEXT_BYTES)
    declared_use_class = choice(KEEP, USE_CLASSES)
    customer_class = choice(KEEP, CUSTOMER_CLASSES)
    org_name = person(HIDE)
    org_address = person(HIDE)
    local_name = person(HIDE)
    ultimate_parent_name = person(HIDE)
    hq_country = place(KEEP)
    ultimate_parent_hq_country = place(KEEP)
    declared_country = place(KEEP)
    billing_country = place(KEEP)
    phone_country = place(KEEP)
    email_domain = person(HIDE)
    kyc_status = choice(KEEP, KYC_STATUSES)
    kyc_verified_at = moment(KEEP, nullable=True)
    entity_registered_at = moment(KEEP, nullable=True)
    closed_at = moment(KEEP, nullable=True)
    close_reason = choice(KEEP, CLOSE_REASONS)
    appeal_upheld_at = moment(KEEP, nullable=True)


ACCOUNTS: Final = Table(
    name="accounts",
    schema=Accounts,
    title="account records",
    required=("account_id", "created_at"),
    # Accounts that are created later stay: what they name is not to be scored.
    known=Known(
        dated={
            "closed_at": ("closed_at", "close_reason"),
            "kyc_verified_at": ("kyc_verified_at", "kyc_status"),
            "appeal_upheld_at": ("appeal_upheld_at",),
            "entity_registered_at": ("entity_registered_at",),
        }
    ),
    ends=pl.col("closed_at"),
    account=("account_id",),
    rollup=lambda rows, as_of, _catalogue: observed.accounts(rows, as_of),
    kept_whole=True,
    population="accounts",
    needed=True,
    here=True,
)
