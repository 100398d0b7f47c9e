"""Rows that many signs are made of: charges, calls, events, payments, meters, links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from lab.signs.sign import Own, Row

HOUR: Final = timedelta(hours=1)
CONTROLLED_MACHINE: Final = "p5.48xlarge"
METERS: Final = (
    "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "DCGM_FI_PROF_DRAM_ACTIVE",
    "DCGM_FI_PROF_NVLINK_TX_BYTES", "DCGM_FI_DEV_POWER_USAGE", "net_ingress_bytes",
    "net_egress_bytes",
)  # fmt: skip
TRAINING: Final = (92, 0.45, 0.5, 1e9, 600, 1e6, 1e6)
SERVING: Final = (50, 0.2, 0.42, 3e5, 400, 1e8, 1e8)
MINING: Final = (99, 0.0, 0.8, 0, 600, 1e5, 1e5)
IDLE: Final = (0, 0.0, 0.0, 0, 60, 0, 0)


def charge(own: Own, start: datetime, hours: float = 1, **more: Any) -> Row:
    """A charge for controlled GPUs by the hour, if nothing else is said."""
    return {
        "ChargePeriodStart": start, "ChargePeriodEnd": start + hours * HOUR,
        "BillingAccountId": own.payer, "SubAccountId": own.id, "ChargeCategory": "Usage",
        "ServiceName": "Machines", "ConsumedQuantity": hours, "ConsumedUnit": "Hours",
        "ResourceType": CONTROLLED_MACHINE, "RegionId": "here-1", "PricingCategory": "Standard",
        "EffectiveCost": 90, "BilledCost": 90, "BillingCurrency": own.currency, **more,
    }  # fmt: skip


def gpus(own: Own, days: Iterable[int], hours: Sequence[int] = range(8, 18), **more: Any) -> Own:
    """Controlled GPUs in some hours of some days, counted back from as-of."""
    rows = [charge(own, own.day(day, hour), **more) for day in days for hour in hours]
    return own.add("usage", *rows)


def call(start: datetime, requests: int = 40, answer: int = 300, **more: Any) -> Row:
    """An hour of model calls."""
    return {
        "start": start, "end": start + HOUR, "model_id": "medium-1", "requests": requests,
        "input_tokens": requests * 800, "output_tokens": requests * answer, **more,
    }  # fmt: skip


def calls(own: Own, days: Iterable[int], hours: Sequence[int] = range(8, 18), **more: Any) -> Own:
    """Model calls in some hours of some days, counted back from as-of."""
    rows = [call(own.day(day, hour), **more) for day in days for hour in hours]
    return own.add("model_usage", *rows)


def event(time: datetime, operation: str, class_uid: int = 6003, **more: Any) -> Row:
    """One event of somebody who is always the same."""
    return {
        "time": time, "operation": operation, "class_uid": class_uid, "status": "success", **more
    }  # fmt: skip


def payment(own: Own, time: datetime, amount: Any, kind: str = "top_up", **more: Any) -> Row:
    """One payment by the holder's own card."""
    return {
        "time": time, "kind": kind, "amount": amount, "currency": own.currency,
        "instrument_hash": f"card-{own.id}", "instrument_kind": "card",
        "payer_name_matches": True, **more,
    }  # fmt: skip


def meters(own: Own, days: Iterable[int], values: Sequence[float], **more: float) -> Own:
    """A GPU's meters in every hour of some days; single meters by their names."""
    named = {**dict(zip(METERS, values, strict=True)), **more}
    rows = [
        {"time": own.day(day, hour), "instance_id": f"gpu-{own.id}", "metric": m, "value": float(v)}
        for day in days
        for hour in range(24)
        for m, v in named.items()
    ]  # fmt: skip
    return own.add("gpu_telemetry", *rows)


def linked(own: Own, name: str, *kinds: str, since: int = 35) -> Own:
    """Identifiers that all accounts of one sign share."""
    rows = [
        {"kind": k, "value_hash": f"{name}-{k}", "first_seen": own.day(since),
         "last_seen": own.day(2)}
        for k in kinds
    ]  # fmt: skip
    return own.add("account_links", *rows)
