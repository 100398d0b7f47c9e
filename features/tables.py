"""The normalised tables of the data contract, as row schemas.

A table that reaches a feature has exactly these columns: what an export lacks is a null
column. Times are UTC with microseconds; money and quantities are ``Decimal(38, 15)``; ids
are strings. The schemas name what a *row* must satisfy; a row that does not is put into the
quarantine by the reader (``detector.sources``), never dropped.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import dataframely as dy
import polars as pl

UTC_TIME: Final = pl.Datetime("us", "UTC")
DECIMAL: Final = pl.Decimal(38, 15)
DECIMAL_LIMIT: Final = Decimal(10) ** 15
ID_BYTES: Final = 512
TEXT_BYTES: Final = 4096

CHARGE_CATEGORIES: Final = ["Usage", "Purchase", "Tax", "Credit", "Adjustment"]
USE_CLASSES: Final = [
    "web", "analytics", "rendering", "scientific", "ml_training", "ml_inference",
    "finance", "gaming", "education", "other",
]  # fmt: skip
CUSTOMER_CLASSES: Final = [
    "individual", "startup", "business", "enterprise", "education", "government", "reseller",
]  # fmt: skip
KYC_STATUSES: Final = ["none", "pending", "verified", "failed", "expired"]
CLOSE_REASONS: Final = ["customer", "fraud", "policy", "restricted_party", "other"]
LINK_KINDS: Final = [
    "payment", "email", "phone", "device", "ip", "ssh_key", "access_key", "image",
    "tax_id", "address", "form_text", "referral",
]  # fmt: skip
PAYMENT_KINDS: Final = ["top_up", "invoice", "refund", "chargeback", "promo_credit"]
INSTRUMENT_KINDS: Final = [
    "card", "prepaid_card", "virtual_card", "bank", "wallet", "crypto", "voucher", "credit",
]  # fmt: skip
ASN_CLASSES: Final = ["isp", "mobile", "hosting", "vpn", "education", "corporate", "unknown"]
DECISIONS: Final = ["confirmed_proxy", "confirmed_victim", "cleared", "unresolved"]


def _id(**options: Any) -> dy.String:
    return dy.String(min_length=1, max_length=ID_BYTES, **options)


def _text() -> dy.String:
    return dy.String(nullable=True, max_length=TEXT_BYTES)


def _optional_id() -> dy.String:
    return dy.String(nullable=True, min_length=1, max_length=ID_BYTES)


def _time(*, nullable: bool = False) -> dy.Datetime:
    return dy.Datetime(time_zone="UTC", nullable=nullable)


def _decimal() -> dy.Decimal:
    return dy.Decimal(
        38, 15, nullable=True, min_exclusive=-DECIMAL_LIMIT, max_exclusive=DECIMAL_LIMIT
    )


def _count(*, nullable: bool = False) -> dy.Int64:
    return dy.Int64(nullable=nullable, min=0, max_exclusive=10**15)


class Usage(dy.Schema):
    """FOCUS 1.0 to 1.4 charge rows, in the columns features read."""

    ChargePeriodStart = _time()
    ChargePeriodEnd = _time()
    BillingAccountId = _id()
    SubAccountId = _optional_id()
    ChargeCategory = dy.Enum(CHARGE_CATEGORIES)
    ChargeClass = dy.Enum(["Correction"], nullable=True)
    ServiceName = _id()
    ConsumedQuantity = _decimal()
    ConsumedUnit = _text()
    SkuPriceDetails = dy.String(nullable=True, max_length=65536)
    SkuMeter = _text()
    ResourceType = _text()
    ChargeDescription = _text()
    SkuId = _text()
    SkuPriceId = _text()
    ServiceProviderName = _text()
    InvoiceIssuerName = _text()
    ServiceCategory = _text()
    RegionId = _text()
    ResourceId = dy.String(nullable=True, max_length=TEXT_BYTES)
    PricingCategory = _text()
    ChargeFrequency = _text()
    CommitmentDiscountStatus = dy.Enum(["Used", "Unused"], nullable=True)
    CommitmentDiscountType = _text()
    CapacityReservationId = _text()
    CapacityReservationStatus = dy.Enum(["Used", "Unused"], nullable=True)
    EffectiveCost = _decimal()
    BilledCost = _decimal()
    ListCost = _decimal()
    BillingCurrency = _text()
    Tags = dy.String(nullable=True, max_length=65536)

    @dy.rule()
    def period_ends_after_it_starts(cls) -> pl.Expr:
        """ChargePeriodEnd lies after ChargePeriodStart."""
        return pl.col("ChargePeriodEnd") > pl.col("ChargePeriodStart")

    @dy.rule()
    def usage_has_quantity_and_unit(cls) -> pl.Expr:
        """A Usage row says how much of what was consumed."""
        return (pl.col("ChargeCategory") != "Usage") | (
            pl.col("ConsumedQuantity").is_not_null() & pl.col("ConsumedUnit").is_not_null()
        )

    @dy.rule()
    def only_corrections_are_negative(cls) -> pl.Expr:
        """A consumed quantity below zero is a Correction."""
        return (
            pl.col("ChargeClass").eq_missing(pl.lit("Correction"))
            | pl.col("ConsumedQuantity").is_null()
            | (pl.col("ConsumedQuantity") >= 0)
            | (pl.col("ChargeCategory") != "Usage")
        )


class Accounts(dy.Schema):
    """One row per account, as the provider's customer records hold it."""

    account_id = _id()
    created_at = _time()
    payer_account_id = _optional_id()
    organisation_id = _optional_id()
    declared_reseller = dy.Bool(nullable=True)
    partner_id = _optional_id()
    declared_use = dy.String(nullable=True, max_length=65536)
    declared_use_class = dy.Enum(USE_CLASSES, nullable=True)
    customer_class = dy.Enum(CUSTOMER_CLASSES, nullable=True)
    org_name = _text()
    org_address = _text()
    declared_country = _text()
    billing_country = _text()
    phone_country = _text()
    email_domain = _text()
    kyc_status = dy.Enum(KYC_STATUSES, nullable=True)
    kyc_verified_at = _time(nullable=True)
    entity_registered_at = _time(nullable=True)
    closed_at = _time(nullable=True)
    close_reason = dy.Enum(CLOSE_REASONS, nullable=True)
    appeal_upheld_at = _time(nullable=True)


class AccountLinks(dy.Schema):
    """Identifiers seen with an account, as keyed hashes."""

    account_id = _id()
    kind = dy.Enum(LINK_KINDS)
    value_hash = _id()
    first_seen = _time()
    last_seen = _time()

    @dy.rule()
    def seen_in_order(cls) -> pl.Expr:
        """last_seen is not before first_seen."""
        return pl.col("last_seen") >= pl.col("first_seen")


class AccountOwners(dy.Schema):
    """Owners of an account's holder and their shares, 0 to 1."""

    account_id = _id()
    owner_name = _id()
    share_min = dy.Float64(min=0.0, max=1.0)
    share_max = dy.Float64(min=0.0, max=1.0)
    owner_kind = dy.Enum(["person", "entity"], nullable=True)
    owner_country = _text()
    since = _time(nullable=True)
    until = _time(nullable=True)


class Payments(dy.Schema):
    """Money that reached or left an account."""

    time = _time()
    account_id = _id()
    kind = dy.Enum(PAYMENT_KINDS)
    amount = dy.Decimal(38, 15, min_exclusive=-DECIMAL_LIMIT, max_exclusive=DECIMAL_LIMIT)
    currency = _id()
    instrument_hash = _optional_id()
    instrument_kind = dy.Enum(INSTRUMENT_KINDS, nullable=True)
    payer_name_matches = dy.Bool(nullable=True)
    instrument_country = _text()


class Events(dy.Schema):
    """Flat subset of OCSF classes 6003, 3002 and 3001."""

    time = _time()
    account_id = _id()
    class_uid = dy.Int64(check=lambda c: c.is_in([3001, 3002, 6003]))
    operation = _id()
    status = dy.Enum(["success", "failure"], nullable=True)
    actor_uid = _optional_id()
    actor_type = _text()
    credential_uid = _optional_id()
    session_uid = _optional_id()
    service = _text()
    resource_type = _text()
    resource_count = _count(nullable=True)
    region = _text()
    src_ip_hash = _optional_id()
    src_asn = dy.Int64(nullable=True, min=0)
    src_asn_class = dy.Enum(ASN_CLASSES, nullable=True)
    src_country = _text()
    user_agent_hash = _optional_id()
    tls_fingerprint = _optional_id()
    device_hash = _optional_id()
    mfa = dy.Bool(nullable=True)
    instance_type = _text()
    image_hash = _optional_id()
    ssh_key_hash = _optional_id()
    model_id = _optional_id()


class ModelUsage(dy.Schema):
    """Hourly or daily use of model endpoints; counts only, never text."""

    start = _time()
    end = _time()
    account_id = _id()
    model_id = _id()
    requests = _count()
    input_tokens = _count()
    output_tokens = _count()
    region = _text()
    key_hash = _optional_id()
    end_user_hash = _optional_id()
    cached_tokens = _count(nullable=True)
    rate_limited_requests = _count(nullable=True)
    refused_requests = _count(nullable=True)
    client_hash = _optional_id()
    template_sketch = dy.List(dy.UInt64(), nullable=True, min_length=32, max_length=32)

    @dy.rule()
    def ends_after_it_starts(cls) -> pl.Expr:
        """End lies after start."""
        return pl.col("end") > pl.col("start")

    @dy.rule()
    def cached_tokens_are_part_of_input(cls) -> pl.Expr:
        """Cached tokens are a part of input tokens."""
        return pl.col("cached_tokens").is_null() | (
            pl.col("cached_tokens") <= pl.col("input_tokens")
        )


class GpuTelemetry(dy.Schema):
    """Long table of DCGM fields and network byte counts."""

    time = _time()
    instance_id = _optional_id()
    gpu_uuid = _optional_id()
    metric = _id()
    value = dy.Float64(nullable=True, allow_inf=False, allow_nan=False)
    account_id = _optional_id()
    gpu_model = _text()

    @dy.rule()
    def names_its_source(cls) -> pl.Expr:
        """A sample names its instance or its GPU."""
        return pl.col("instance_id").is_not_null() | pl.col("gpu_uuid").is_not_null()


class Inventory(dy.Schema):
    """Which account held which instance or GPU, and when."""

    instance_id = _optional_id()
    gpu_uuid = _optional_id()
    account_id = _id()
    valid_from = _time()
    valid_to = _time(nullable=True)

    @dy.rule()
    def names_its_source(cls) -> pl.Expr:
        """A row names its instance or its GPU."""
        return pl.col("instance_id").is_not_null() | pl.col("gpu_uuid").is_not_null()


class Labels(dy.Schema):
    """Reviewers' decisions."""

    account_id = _id()
    decision = dy.Enum(DECISIONS)
    decided_at = _time()
    ring_id = _optional_id()
    reviewer = _text()
    note = dy.String(nullable=True, max_length=65536)
    expires_at = _time(nullable=True)


class Fx(dy.Schema):
    """Daily rate of a currency to the reporting currency."""

    date = dy.Date()
    currency = _id()
    rate = dy.Float64(min_exclusive=0.0, allow_inf=False, allow_nan=False)


class Tenders(dy.Schema):
    """Public notices: outside evidence."""

    published_at = _time()
    buyer_name = _id()
    supplier_name = _text()
    amount = _decimal()
    currency = _text()
    title = dy.String(nullable=True, max_length=65536)
    text = dy.String(nullable=True, max_length=1_000_000)
    url = _text()


SCHEMAS: Final[dict[str, type[dy.Schema]]] = {
    "usage": Usage,
    "accounts": Accounts,
    "account_links": AccountLinks,
    "account_owners": AccountOwners,
    "payments": Payments,
    "events": Events,
    "model_usage": ModelUsage,
    "gpu_telemetry": GpuTelemetry,
    "inventory": Inventory,
    "labels": Labels,
    "fx": Fx,
    "tenders": Tenders,
}

REQUIRED_TABLES: Final = ("usage", "accounts")
# A usage file must carry at least one of these, in the order in which they are asked.
SKU_COLUMNS: Final = ("SkuPriceDetails", "SkuMeter", "ResourceType", "ChargeDescription", "SkuId")
