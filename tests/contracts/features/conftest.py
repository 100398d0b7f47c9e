"""Random valid logs: small, dirty in every way that is allowed, the same for a seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

from features.catalogue import Catalogue
from features.tables import (
    ASN_CLASSES,
    CLOSE_REASONS,
    CUSTOMER_CLASSES,
    DECISIONS,
    INSTRUMENT_KINDS,
    KYC_STATUSES,
    LINK_KINDS,
    PAYMENT_KINDS,
    SCHEMAS,
    USE_CLASSES,
)  # fmt: skip

Tables = dict[str, pl.DataFrame]
AS_OF = datetime(2026, 3, 4, 7, 30, tzinfo=UTC)
DAYS = 40
MACHINES = ["p4d.24xlarge", "p5.48xlarge", "g4dn.xlarge", "m5.large"]
METERS = ["GPT-4 input tokens", "GPT-4 output tokens"]
OPERATIONS = [
    "ListFoundationModels", "PutUseCaseForModelAccess",
    "ChangeEmail", "ChangePhone", "EnableMFADevice", "ResetPassword", "CreateAccessKey",
    "ConsoleLogin", "RunInstances", "ImportKeyPair", "RequestServiceQuotaIncrease",
    "CreateSupportCase", "InvokeModel", "GetFoundationModelAvailability",
    "DeleteModelInvocationLoggingConfiguration", "CreateCapacityReservation", "ImportSnapshot",
]  # fmt: skip
METRICS = [
    "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_POWER_USAGE", "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE",
    "DCGM_FI_PROF_DRAM_ACTIVE", "DCGM_FI_PROF_NVLINK_TX_BYTES", "net_ingress_bytes",
    "net_egress_bytes",
]  # fmt: skip
MODELS = ["model-a", "model-b-pro", "model-c"]
COUNTRIES = ["AA", "BB", "CC", "DD"]


class Draw:
    """Columns of random values."""

    def __init__(self, seed: int, accounts: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.accounts = [f"acct-{k:03d}" for k in range(accounts)]

    def pick(self, values: Sequence[Any], size: int, missing: float = 0.0) -> list[Any]:
        """Values drawn alike, some of them null."""
        index = self.rng.integers(0, len(values), size)
        gone = self.rng.random(size) < missing
        return [None if g else values[i] for i, g in zip(index, gone, strict=True)]

    def own(self, accounts: list[str], name: str, count: int, missing: float = 0.0) -> list[Any]:
        """Each account's own values, mostly; one in fifteen is common to a few accounts."""
        size = len(accounts)
        number = (self.rng.random(size) ** 2 * count).astype(int)
        common = self.rng.random(size) < 1 / 15
        gone = self.rng.random(size) < missing
        rows = zip(accounts, number, common, gone, strict=True)
        return [None if g else f"{name}{k}" if c else f"{name}-{a[5:]}-{k}" for a, k, c, g in rows]

    def whole(self, low: int, high: int, size: int, missing: float = 0.0) -> list[Any]:
        """Whole numbers, some of them null."""
        return self.pick(list(range(low, high)), size, missing)

    def money(self, size: int, missing: float = 0.0, signed: bool = False) -> list[Any]:
        """Exact decimals with up to 15 places."""
        places = self.rng.integers(0, 16, size)
        digits = self.rng.integers(-(10**6) if signed else 0, 10**6, size)
        values = [Decimal(int(d)).scaleb(-int(p)) for d, p in zip(digits, places, strict=True)]
        return [None if g else v for v, g in zip(values, self.rng.random(size) < missing)]  # noqa: B905

    def times(self, size: int, *, step: int = 1, before: int = DAYS) -> list[datetime]:
        """Times in the days before as-of and the day after it, on multiples of ``step`` s."""
        since = AS_OF - timedelta(days=before)
        seconds = self.rng.integers(0, (before + 1) * 86_400 // step, size) * step
        return [since + timedelta(seconds=int(s)) for s in seconds]

    def ends(self, starts: list[datetime], lengths: Sequence[int]) -> list[datetime]:
        """Ends after the starts by one of the lengths in seconds."""
        return [
            s + timedelta(seconds=int(n))
            for s, n in zip(starts, self.pick(lengths, len(starts)), strict=True)
        ]

    def table(self, name: str, columns: dict[str, list[Any]]) -> pl.DataFrame:
        """A normalised table: columns left out are null."""
        empty = SCHEMAS[name].create_empty()
        size = len(next(iter(columns.values())))
        full = {c: columns.get(c, [None] * size) for c in empty.columns}
        frame = pl.DataFrame(full, schema=empty.schema)
        return SCHEMAS[name].validate(frame)


def _below(d: Draw, payer: int) -> str | None:
    """Half the charges of every third payer go to one of two accounts below it."""
    if payer % 3 or d.rng.random() < 0.5:
        return None
    return d.accounts[min(payer + 1 + payer % 2, len(d.accounts) - 1)]


def _billed(d: Draw, payer: int, start: datetime) -> str:
    """One account was billed to somebody else until a fortnight ago."""
    moved = payer == 4 and start < AS_OF - timedelta(days=14)
    return "payer-before" if moved else d.accounts[payer]


def _usage(d: Draw, size: int) -> pl.DataFrame:
    payer = d.pick(range(len(d.accounts)), size)
    start = d.times(size, step=1800)
    token = d.rng.random(size) < 0.25
    category = d.pick(["Usage"] * 8 + ["Purchase", "Tax", "Credit"], size)
    quantity = d.money(size)
    correction = [c == "Usage" and d.rng.random() < 0.06 for c in category]
    quantity = [-q if c else q for q, c in zip(quantity, correction, strict=True)]
    return d.table("usage", {
        "ChargePeriodStart": start,
        "ChargePeriodEnd": d.ends(start, [3600] * 8 + [1800, 86_400, 2_592_000, 5]),
        "BillingAccountId": [_billed(d, k, s) for k, s in zip(payer, start, strict=True)],
        "SubAccountId": [d.accounts[k] if k == 4 else _below(d, k) for k in payer],
        "ChargeCategory": category,
        "ChargeClass": ["Correction" if c else None for c in correction],
        "ServiceName": d.pick(["Compute", "Models", "Storage", "Network"], size),
        "ConsumedQuantity": quantity,
        "ConsumedUnit": ["1K tokens" if t else "Hours" for t in token],
        "ResourceType": [None if t else m for t, m in zip(token, d.pick(MACHINES, size))],  # noqa: B905
        "SkuMeter": [m if t else None for t, m in zip(token, d.pick(METERS, size))],  # noqa: B905
        "RegionId": d.pick(["r1", "r2", "r3"], size, 0.1),
        "PricingCategory": d.pick(["Standard", "Committed", "Dynamic"], size, 0.2),
        "CommitmentDiscountStatus": d.pick(["Used", "Unused"], size, 0.8),
        "CapacityReservationStatus": d.pick(["Used", "Unused"], size, 0.8),
        "EffectiveCost": d.money(size, 0.2, signed=True),
        "BilledCost": d.money(size, 0.2, signed=True),
        "BillingCurrency": d.pick(["AAA", "BBB"], size, 0.1),
    })  # fmt: skip


def _accounts(d: Draw) -> pl.DataFrame:
    ids = d.accounts[:-1]  # the last one is seen in other tables only
    size = len(ids)
    return d.table("accounts", {
        "account_id": ids,
        "created_at": d.times(size, before=3 * DAYS),
        "payer_account_id": d.pick(d.accounts[:3], size, 0.8),
        "organisation_id": d.pick([f"org-{k}" for k in range(9)], size, 0.5),
        "declared_reseller": d.pick([True, False, False, False], size, 0.4),
        "partner_id": d.pick(["partner-1"], size, 0.8),
        "declared_use": d.pick(["text one", "text two"], size, 0.4),
        "declared_use_class": d.pick(USE_CLASSES, size, 0.3),
        "customer_class": d.pick(CUSTOMER_CLASSES, size, 0.3),
        "org_name": d.pick(["Name A", "Name B"], size, 0.3),
        "org_address": d.pick(["Street 1", "Street 2"], size, 0.3),
        "declared_country": d.pick(COUNTRIES, size, 0.2),
        "billing_country": d.pick(COUNTRIES, size, 0.2),
        "phone_country": d.pick(COUNTRIES, size, 0.2),
        "email_domain": d.pick(["a.example", "b.example"], size, 0.2),
        "kyc_status": d.pick(KYC_STATUSES, size, 0.2),
        "kyc_verified_at": d.pick(d.times(9), size, 0.5),
        "entity_registered_at": d.pick(d.times(9, before=900), size, 0.4),
        "closed_at": d.pick(d.times(5), size, 0.8),
        "close_reason": d.pick(CLOSE_REASONS, size, 0.7),
        "appeal_upheld_at": d.pick(d.times(5), size, 0.9),
    })  # fmt: skip


def _links(d: Draw, size: int) -> pl.DataFrame:
    first, who = d.times(size), d.pick(d.accounts, size)
    return d.table("account_links", {
        "account_id": who,
        "kind": d.pick(LINK_KINDS, size),
        "value_hash": d.own(who, "v", 3),
        "first_seen": first,
        "last_seen": d.ends(first, [0, 86_400, 900_000]),
    })  # fmt: skip


def _payments(d: Draw, size: int) -> pl.DataFrame:
    round_sums = [Decimal(a) for a in (100, 500, 28000, 1234, 980, 990)]
    mixed = [a or b for a, b in zip(d.pick(round_sums, size, 0.5), d.money(size))]  # noqa: B905
    who = d.pick(d.accounts, size)
    return d.table("payments", {
        "time": d.times(size),
        "account_id": who,
        "kind": d.pick(PAYMENT_KINDS, size),
        "amount": mixed,
        "currency": d.pick(["AAA", "BBB"], size),
        "instrument_hash": d.own(who, "i", 3, 0.2),
        "instrument_kind": d.pick(INSTRUMENT_KINDS, size, 0.2),
        "payer_name_matches": d.pick([True, False], size, 0.3),
        "instrument_country": d.pick(COUNTRIES, size, 0.2),
    })  # fmt: skip


def _events(d: Draw, size: int) -> pl.DataFrame:
    who = d.pick(d.accounts, size)
    return d.table("events", {
        "time": d.times(size),
        "account_id": who,
        "class_uid": d.pick([3001, 3002, 6003], size),
        "operation": d.pick(OPERATIONS, size),
        "status": d.pick(["success", "failure"], size, 0.2),
        "actor_uid": d.own(who, "u", 3, 0.2),
        "credential_uid": d.own(who, "c", 3, 0.5),
        "session_uid": d.own(who, "s", 9, 0.5),
        "service": d.pick(["compute", "models"], size, 0.2),
        "resource_count": d.whole(0, 5, size, 0.5),
        "region": d.pick(["r1", "r2"], size, 0.3),
        "src_ip_hash": d.own(who, "ip", 4, 0.2),
        "src_asn": d.pick([64500, 64501, 64502], size, 0.2),
        "src_asn_class": d.pick(ASN_CLASSES, size, 0.2),
        "src_country": d.pick(COUNTRIES, size, 0.2),
        "user_agent_hash": d.own(who, "ua", 3, 0.2),
        "tls_fingerprint": d.own(who, "t", 4, 0.5),
        "device_hash": d.own(who, "d", 4, 0.4),
        "mfa": d.pick([True, False], size, 0.3),
        "instance_type": d.pick(MACHINES, size, 0.6),
        "image_hash": d.own(who, "im", 4, 0.6),
        "ssh_key_hash": d.own(who, "k", 5, 0.6),
        "model_id": d.pick(["model-a", "model-b"], size, 0.7),
    })  # fmt: skip


def _model_usage(d: Draw, size: int) -> pl.DataFrame:
    start, who = d.times(size, step=3600), d.pick(d.accounts, size)
    start = [
        max(s, AS_OF - timedelta(days=25)) if n == 0 else s
        for s, n in zip(start, d.whole(0, 3, size), strict=True)
    ]
    for k in range(0, size, 4):  # one account never sleeps
        who[k] = d.accounts[0]
        start[k] = AS_OF.replace(hour=0, minute=0) - timedelta(days=3, hours=-((k // 4) % 24))
    tokens, new = d.whole(0, 10**6, size), AS_OF - timedelta(days=20)
    sketches = [[int(v) for v in d.rng.integers(0, 2**63, 32)] for _ in range(30)]
    mould = [(int(w[5:]) + (k > 0) * k) % 30 for w, k in zip(who, d.whole(0, 4, size), strict=True)]
    return d.table("model_usage", {
        "start": start,
        "end": d.ends(start, [3600] * 6 + [86_400, 1]),
        "account_id": who,
        "model_id": ["model-new" if s > new and m == "model-c" else m
                     for s, m in zip(start, d.pick(MODELS, size), strict=True)],
        "requests": d.whole(0, 500, size),
        "input_tokens": tokens,
        "output_tokens": d.whole(0, 10**6, size),
        "region": d.pick(["r1", "r2"], size, 0.3),
        "key_hash": d.own(who, "key", 5, 0.3),
        "end_user_hash": d.own(who, "e", 20, 0.5),
        "cached_tokens": [None if d.rng.random() < 0.3 else t // 3 for t in tokens],
        "rate_limited_requests": d.whole(0, 50, size, 0.3),
        "refused_requests": d.whole(0, 20, size, 0.3),
        "client_hash": d.own(who, "cl", 3, 0.3),
        "template_sketch": [None if m % 5 == 0 else sketches[m] for m in mould],
    })  # fmt: skip


def _gpu_telemetry(d: Draw, size: int) -> pl.DataFrame:
    metric = d.pick(METRICS, size)
    top = {"DCGM_FI_DEV_GPU_UTIL": 100.0, "DCGM_FI_DEV_POWER_USAGE": 700.0}
    scale = [top.get(m, 1.0 if "PROF" in m and "BYTES" not in m else 1e9) for m in metric]
    return d.table("gpu_telemetry", {
        "time": d.pick(d.times(30, step=60), size),
        "instance_id": d.pick([f"inst-{k}" for k in range(8)], size),
        "gpu_uuid": d.pick(["gpu-1"], size, 0.9),
        "metric": metric,
        "value": [None if d.rng.random() < 0.05 else float(d.rng.random() * s) for s in scale],
        "account_id": d.pick(d.accounts[:3], size, 0.8),
        "gpu_model": d.pick(["A100", "H100", "unknown"], size, 0.3),
    })  # fmt: skip


def _inventory(d: Draw) -> pl.DataFrame:
    start = d.times(8)
    return d.table("inventory", {
        "instance_id": [f"inst-{k}" for k in range(8)],
        "account_id": d.pick(d.accounts, 8),
        "valid_from": start,
        "valid_to": [None if k % 3 else v for k, v in enumerate(d.ends(start, [900_000]))],
    })  # fmt: skip


def _owners(d: Draw) -> pl.DataFrame:
    size = 2 * len(d.accounts)
    share = d.pick([Decimal("0.1"), Decimal("0.25"), Decimal("0.6")], size, 0.2)
    return d.table("account_owners", {
        "account_id": d.pick(d.accounts, size),
        "owner_name": d.pick(["Owner A", "Owner B"], size),
        "share_min": share,
        "share_max": share,
        "until": d.pick(d.times(5), size, 0.8),
    })  # fmt: skip


def _labels(d: Draw) -> pl.DataFrame:
    return d.table("labels", {
        "account_id": d.pick(d.accounts, 6),
        "decision": d.pick(DECISIONS, 6),
        "decided_at": d.times(6),
    })  # fmt: skip


def random_tables(seed: int, accounts: int = 14, rows: int = 300) -> Tables:
    """All tables of a small random log; a few accounts wake up late."""
    d = Draw(seed, accounts)
    late = pl.col("account_id").is_in(d.accounts[-4:-1])
    tables = {
        "usage": _usage(d, rows), "accounts": _accounts(d), "account_links": _links(d, rows // 3),
        "payments": _payments(d, rows // 3), "events": _events(d, 2 * rows),
        "model_usage": _model_usage(d, rows), "gpu_telemetry": _gpu_telemetry(d, 2 * rows),
        "inventory": _inventory(d), "labels": _labels(d), "account_owners": _owners(d),
    }  # fmt: skip
    waking = pl.lit(AS_OF - timedelta(days=12))
    times = {"events": "time", "model_usage": "start"}
    for name, column in times.items():
        tables[name] = tables[name].filter(~late | (pl.col(column) > waking))
    whose = pl.coalesce("SubAccountId", "BillingAccountId").is_in(d.accounts[-4:-1])
    tables["usage"] = tables["usage"].filter(~whose | (pl.col("ChargePeriodStart") > waking))
    return tables


@pytest.fixture(scope="session")
def logs() -> Callable[..., Tables]:
    """``logs(seed, accounts=14, rows=300)``: all tables of a small random log, made once."""
    made = cache(random_tables)
    return lambda *given, **named: dict(made(*given, **named))


@pytest.fixture(scope="session")
def as_of() -> datetime:
    """A Wednesday, half past seven."""
    return AS_OF


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The shipped GPU catalogue."""
    return Catalogue.load()
