"""How an account comes to export-controlled GPUs and runs them (F01): words and rows.

Rows of ``usage`` are read with ``detector.findings.charges.ADDED``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import polars as pl

from detector.findings.finding import Finding
from detector.findings.reading import (
    by_same_measure,
    counted,
    parts,
    points,
    power_less_one,
    window_days,
)
from detector.findings.subjects import (
    ASKED,
    BILL,
    CLOCK_HOUR,
    GPU_CAPACITY,
    GPU_CHARGES,
    GPU_COMPUTE,
    GPU_HOUR,
    MACHINE_START,
    WHOLE_BILL,
)
from detector.words import number, plural, quantity
from features.usage import ASKING, START

_AMOUNT: Final = ("gpu_model", "ConsumedQuantity", "ConsumedUnit")
_COST: Final = (*_AMOUNT, "EffectiveCost", "BillingCurrency")
_ASKED: Final = ("operation", "service", "resource_type", "resource_count", "status")


def _controlled() -> pl.Expr:
    return pl.col("controlled")


def _on_demand() -> pl.Expr:
    return pl.col("controlled") & pl.col("PricingCategory").eq_missing(pl.lit("Standard"))


def _run() -> pl.Expr:
    return pl.col("gpu_model").is_not_null() & ~pl.col("unused")


def _unused() -> pl.Expr:
    return pl.col("gpu_model").is_not_null() & pl.col("unused")


def _bought() -> pl.Expr:
    return pl.col("ChargeCategory") == "Purchase"


def _asking() -> pl.Expr:
    return pl.col("operation").is_in(ASKING)


def _starting() -> pl.Expr:
    return pl.col("operation") == START


def _services(share: float) -> str:
    others = round(1.0 / share) - 1
    return plural(others, "other service") if others else "no other service"


def _age(share: float) -> str:
    """How old at the least, as ``age / (180 + age)`` is at least the share."""
    days = 180.0 * share / max(1.0 - share, 1e-9)
    minutes = f"{number(1440 * days, 2)} minutes"
    return quantity(days, "days") if days >= 1 / 12 else minutes


def _starts(logarithm: float) -> str:
    """Starts for each day of GPU time, or days for each start."""
    rate = math.expm1(logarithm)
    if rate >= 1.0:
        figure = number(rate)
        return f"{figure} machine{'' if figure == '1' else 's'} for each day of GPU time"
    return f"1 machine for every {number(1.0 / rate)} days of GPU time"


SAID: Final[Mapping[str, Finding]] = {
    "f01_controlled_spend_share": Finding(
        "{share} buys export-controlled GPUs", BILL, _controlled, _COST,
        none="no export-controlled GPUs on its bill for use",
    ),
    "f01_controlled_hours_share": Finding(
        "{share} ran on export-controlled GPUs", GPU_HOUR, _controlled, _AMOUNT,
        none="no GPU-hours on export-controlled GPUs",
    ),
    "f01_controlled_after_signup": Finding(
        "its first export-controlled GPU of the last 90 days ran {value} after sign-up",
        GPU_CHARGES, _controlled, _AMOUNT, none="no export-controlled GPU",
        zero="never",
    ),
    "f01_round_the_clock": Finding(
        "GPUs ran in {share} on days with GPU use billed by the hour",
        CLOCK_HOUR, _run, _AMOUNT, none="no GPU use billed by the hour",
    ),
    "f01_on_demand_share": Finding(
        "{share} were at the on-demand price, without any commitment",
        GPU_CHARGES, _on_demand, ("gpu_model", "PricingCategory", *_COST[1:]),
        none="no export-controlled GPUs at the on-demand price",
    ),
    "f01_bare_compute": Finding(
        "beside its export-controlled GPUs it uses {value}", BILL, None, ("ServiceName",),
        reads=_services, none="no export-controlled GPU", zero="no export-controlled GPU",
    ),
    "f01_one_run": Finding(
        "{share} fell on a single day", GPU_COMPUTE, _controlled, _AMOUNT,
        none="no compute on export-controlled GPUs",
    ),
    "f01_late_first_controlled": Finding(
        "its first export-controlled GPU of the last 90 days came {value} after its first charge",
        BILL, _controlled, _AMOUNT,
        reads=window_days, zero="no such time",
        none="no time on other services before export-controlled GPUs",
    ),
    "f01_controlled_jump": Finding(
        "the part of its charges that is for export-controlled GPUs rose by {value} "
        "from the first half of the time to the second",
        BILL, _controlled, _AMOUNT,
        reads=points, none="no rise of export-controlled GPUs among the charges",
    ),
    "f01_no_ramp": Finding(
        "on its first three days export-controlled GPUs did {value} of the work of its busiest "
        "day, on average",
        GPU_COMPUTE, _controlled, _AMOUNT,
        none="fewer than five days of compute on export-controlled GPUs",
        zero="fewer than five days",
    ),
    "f01_region_hops": Finding(
        "its export-controlled GPUs lie in several regions, spread as over {value} used alike",
        GPU_CHARGES, _controlled, ("gpu_model", "RegionId"),
        reads=parts("region"), none="export-controlled GPUs in one region at most",
        zero="one region at most",
    ),
    "f01_idle_reservations": Finding(
        "{share} was held and not used", GPU_CAPACITY, _unused,
        ("gpu_model", "CommitmentDiscountStatus", "CapacityReservationStatus", *_AMOUNT[1:]),
        none="no GPU capacity held and not used",
    ),
    "f01_use_after_request": Finding(
        "its first export-controlled GPU of the last 90 days ran {value} after quota or capacity "
        "was asked for",
        ASKED, _asking, _ASKED,
        none="no export-controlled GPU after quota or capacity was asked for", zero="never",
    ),
    "f01_asked_in_vain": Finding(
        "it asked for quota or capacity on {value} and used no export-controlled GPU",
        ASKED, _asking, _ASKED, reads=counted("day", of=power_less_one),
        none="no quota or capacity asked for without use of export-controlled GPUs",
    ),
    "f01_machine_churn": Finding(
        "it started {value}", MACHINE_START, _starting, ("instance_type", "region", "status"),
        reads=_starts, none="no machine started for GPU time",
    ),
    "f01_first_thing": Finding(
        "its first export-controlled GPU ran {value} after its first sign of life",
        GPU_CHARGES, _controlled, _AMOUNT,
        none="no export-controlled GPU since a first sign of life in these data", zero="never",
    ),
    "f01_new_to_old_account": Finding(
        "it was at least {value} old when it first took export-controlled GPUs, and at least "
        "{percent} of its bill for use since then buys them",
        BILL, _controlled, _COST,
        reads=_age, none="no export-controlled GPUs that are new to an old account",
        beside=by_same_measure,
    ),
    "f01_bought_ahead": Finding(
        "{share} buys capacity ahead of use", WHOLE_BILL, _bought,
        ("ServiceName", "ChargeDescription", "EffectiveCost", "BillingCurrency"),
        none="no capacity bought ahead of use",
    ),
}  # fmt: skip
