"""Signs in how controlled GPUs are come by and run (F01, F08)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import polars as pl

from lab.signs.rows import IDLE, MINING, SERVING, TRAINING, charge, event, gpus, meters
from lab.signs.sign import CONTROLLED, PLAIN, Own, Sign

_RUN: Final = "RunInstances"
_QUOTA: Final = "RequestServiceQuotaIncrease"


def _at_sign_up(own: Own, _n: int) -> Own:
    young = own.silent_before(own.day(8)).change("accounts", created_at=pl.lit(own.day(8)))
    return gpus(young, [8], [1, 2]).add("usage", *(charge(own, own.day(d, 9)) for d in range(2, 8)))


def _first_thing(own: Own, _n: int) -> Own:
    made = own.change("accounts", created_at=pl.lit(own.day(400)))
    return gpus(made.silent_before(own.day(15)), range(5, 16), [0, 1])


def _old_account(own: Own, _n: int) -> Own:
    old = own.change("accounts", created_at=pl.lit(own.day(1000)))
    return gpus(old, range(1, 12))


def _whole_bill(own: Own, _n: int) -> Own:
    return gpus(own.with_rows("usage", own.tables["usage"].clear()), range(1, 30))


def _no_ramp(own: Own, _n: int) -> Own:
    return gpus(own, range(1, 20), range(24))


def _one_run(own: Own, _n: int) -> Own:
    return gpus(own, [6], range(24), ConsumedQuantity=8)


def _regions(own: Own, _n: int) -> Own:
    rows = [charge(own, own.day(d, 9), RegionId=f"there-{d % 6}") for d in range(1, 25)]
    return own.add("usage", *rows)


def _quota_then_use(own: Own, _n: int) -> Own:
    asked = own.add("events", event(own.day(10, 7), _QUOTA))
    return gpus(asked, range(1, 11), [8, 9, 10])


def _asked_in_vain(own: Own, _n: int) -> Own:
    return own.add("events", *(event(own.day(d, 9), _QUOTA) for d in range(3, 24, 3)))


def _reserved_unused(own: Own, _n: int) -> Own:
    used = gpus(own, range(1, 11), [9])
    return gpus(used, range(1, 11), range(10, 24), CapacityReservationStatus="Unused")


def _bought_ahead(own: Own, _n: int) -> Own:
    bought = charge(
        own, own.day(20), ChargeCategory="Purchase", EffectiveCost=4_000_000,
        BilledCost=4_000_000, PricingCategory="Committed", ConsumedQuantity=None, ConsumedUnit=None,
    )  # fmt: skip
    return gpus(own, range(1, 20), PricingCategory="Committed").add("usage", bought)


def _short_leases(own: Own, _n: int) -> Own:
    starts = [own.day(d, h) for d in range(1, 15) for h in range(0, 24, 2)]
    started = own.add("events", *(event(start, _RUN) for start in starts))
    rows = [charge(own, start + timedelta(minutes=5), 0.25) for start in starts[::6]]
    return started.add("usage", *rows)


def _round_the_clock(own: Own, _n: int) -> Own:
    return gpus(own, range(1, 15), range(24))


def _on_demand(own: Own, _n: int) -> Own:
    return own.change("usage", PricingCategory=pl.lit("Standard"))


def _starved(own: Own, _n: int) -> Own:
    return meters(own, range(2, 16), TRAINING, net_ingress_bytes=1e4)


def _imports(own: Own, _n: int) -> Own:
    rows = [event(own.day(d, h), "ImportSnapshot") for d in range(20, 24) for h in range(8)]
    return own.add("events", *rows)


def _unmetered(own: Own) -> Own:
    return own.with_rows("gpu_telemetry", own.tables["gpu_telemetry"].clear())


def _leaves(own: Own, _n: int) -> Own:
    return meters(
        meters(_unmetered(own), range(3, 20), TRAINING), [2, 1], TRAINING, net_egress_bytes=5e12
    )


def _gone(own: Own, _n: int) -> Own:
    early = meters(_unmetered(own), range(24, 38), TRAINING)
    return meters(early, [22, 23], TRAINING, net_egress_bytes=5e12)


def _mines(own: Own, _n: int) -> Own:
    return meters(own, range(1, 15), MINING)


def _held_idle(own: Own, _n: int) -> Own:
    return meters(own, range(1, 15), IDLE)


def _serves(own: Own, _n: int) -> Own:
    return meters(_unmetered(own), range(1, 15), SERVING)


def _refused(own: Own, _n: int) -> Own:
    rows = [event(own.day(d, 9), _QUOTA, status="failure") for d in (3, 4, 5, 6)]
    return own.add("events", *rows)


def _trains_for_web(own: Own, _n: int) -> Own:
    return meters(own, range(1, 15), TRAINING).change("accounts", declared_use_class=pl.lit("web"))


_USAGE: Final = ("usage",)
_RECORDED: Final = ("usage", "accounts")
_ASKED: Final = ("usage", "events")
_METERED: Final = ("gpu_telemetry",)

SIGNS: Final = (
    Sign("F01-sign-up-to-gpu", "sign-up to first controlled GPU", _RECORDED,
         ("f01_controlled_after_signup",), _at_sign_up, PLAIN),
    Sign("F01-first-use-to-gpu", "first sign of life to first controlled GPU", _RECORDED,
         ("f01_first_thing",), _first_thing, PLAIN),
    Sign("F01-old-account", "sudden controlled GPUs in an old account", _RECORDED,
         ("f01_new_to_old_account", "f01_controlled_jump", "f01_late_first_controlled"),
         _old_account, PLAIN),
    Sign("F01-share-of-spend", "controlled GPUs' share of spend; a single app", _USAGE,
         ("f01_controlled_spend_share", "f01_controlled_hours_share", "f01_bare_compute"),
         _whole_bill, PLAIN),
    Sign("F01-ramp", "ramp slope: full size from the first day", _USAGE,
         ("f01_no_ramp",), _no_ramp, PLAIN),
    Sign("F01-one-run", "one run takes all controlled compute", _USAGE,
         ("f01_one_run",), _one_run, PLAIN),
    Sign("T15-B-regions", "controlled GPUs hop regions", _USAGE,
         ("f01_region_hops",), _regions, PLAIN),
    Sign("F01-quota-headroom", "quota asked for is used at once", _ASKED,
         ("f01_use_after_request",), _quota_then_use, PLAIN),
    Sign("F01-quota-unused", "quota asked for and never used", _ASKED,
         ("f01_asked_in_vain", "f14_quota_requests"), _asked_in_vain, PLAIN),
    Sign("T09-B-reserved-unused", "reported use far below what is reserved", _USAGE,
         ("f01_idle_reservations",), _reserved_unused, PLAIN),
    Sign("T09-B-prepaid-capacity", "capacity prepaid for years", _USAGE,
         ("f01_bought_ahead",), _bought_ahead, PLAIN),
    Sign("T11-B-short-leases", "short leases, hourly churn", _ASKED,
         ("f01_machine_churn",), _short_leases, PLAIN),
    Sign("T21-B-round-the-clock", "GPUs run by day and night", _USAGE,
         ("f01_round_the_clock",), _round_the_clock, PLAIN),
    Sign("F01-purchase-options", "all at the on-demand price", _USAGE,
         ("f01_on_demand_share",), _on_demand, CONTROLLED, common=True),
    Sign("T10-tensor-without-ingress", "tensor cores busy, hardly any data in", _METERED,
         ("f08_starved_training", "f08_tensor_duty"), _starved),
    Sign("T10-import", "physical import, bulk devices", ("events",),
         ("f08_imported_disks",), _imports),
    Sign("T10-egress-at-end", "checkpoint-size egress at the end", _METERED,
         ("f08_leaves_with_result",), _leaves),
    Sign("T10-then-silence", "checkpoint-size egress, then silence", _METERED,
         ("f08_gone_with_result",), _gone),
    Sign("T13-mining", "mining: memory busy, flat power, no links", _METERED,
         ("f08_mining_share", "f08_flat_power"), _mines),
    Sign("T09-held-idle", "held GPUs do nothing", _METERED,
         ("f08_idle_share",), _held_idle),
    Sign("T21-training-for-web", "declared web; meters show training round the clock",
         ("gpu_telemetry", "accounts"),
         ("f08_undeclared_training", "f08_training_round_the_clock", "f08_training_share",
          "f08_linked_gpus"), _trains_for_web),
    Sign("T20-serving", "GPUs serve models to others", _METERED, ("f08_serving_share",), _serves,
         common=True),
    Sign("T14-B-quota-retried", "a refused quota is asked for again", ("events",),
         ("f14_quota_refused", "f14_quota_requests"), _refused),
)  # fmt: skip
