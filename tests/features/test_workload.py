"""Workload signature: kinds of work, holders and data moved."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

Features = Callable[..., dict[str, dict[str, float | None]]]
Table = Callable[..., pl.DataFrame]

START = datetime(2026, 2, 2, tzinfo=UTC)
TRAINING = {"DCGM_FI_DEV_GPU_UTIL": 95.0, "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE": 0.5,
            "DCGM_FI_PROF_DRAM_ACTIVE": 0.5, "DCGM_FI_PROF_NVLINK_TX_BYTES": 3e9,
            "DCGM_FI_DEV_POWER_USAGE": 600.0}  # fmt: skip
MINING = {**TRAINING, "DCGM_FI_DEV_GPU_UTIL": 99.0, "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE": 0.0,
          "DCGM_FI_PROF_DRAM_ACTIVE": 0.85, "DCGM_FI_PROF_NVLINK_TX_BYTES": 0.0}  # fmt: skip
IDLE = dict.fromkeys(TRAINING, 0.0)


def samples(meters: dict[str, float], hours: int = 3, **more: object) -> list[dict[str, object]]:
    return [
        {"time": START + timedelta(hours=h), "metric": m, "value": v, "instance_id": "i",
         "account_id": "a", **more}
        for h in range(hours) for m, v in meters.items()
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("meters", "feature"),
    [(TRAINING, "f08_training_share"), (MINING, "f08_mining_share"), (IDLE, "f08_idle_share")],
)
def test_clear_signatures_are_told_apart(
    features: Features, table: Table, meters: dict[str, float], feature: str
) -> None:
    row = features(gpu_telemetry=table("gpu_telemetry", *samples(meters)))["a"]
    assert (row[feature] or 0.0) > 0.95


def test_training_counts_where_another_use_is_declared(features: Features, table: Table) -> None:
    meters = table("gpu_telemetry", *samples(TRAINING))
    for use, low in (("web", 0.9), ("ml_training", 0.0)):
        accounts = table("accounts", {"account_id": "a", "declared_use_class": use})
        row = features(gpu_telemetry=meters, accounts=accounts)["a"]
        assert (row["f08_undeclared_training"] or 0.0) >= low
        assert low > 0 or row["f08_undeclared_training"] == 0.0


def test_little_comes_in_and_the_result_leaves(features: Features, table: Table) -> None:
    rows = samples(TRAINING, 24 * 10)
    last = [{**r, "metric": "net_egress_bytes", "value": 8e11} for r in rows[-1:]]
    first = [{**r, "metric": "net_egress_bytes", "value": 2e11} for r in rows[:1]]
    row = features(gpu_telemetry=table("gpu_telemetry", *rows, *first, *last))["a"]
    assert row["f08_starved_training"] == pytest.approx(row["f08_training_share"])
    assert row["f08_leaves_with_result"] == pytest.approx(0.8 * (row["f08_training_share"] or 0))
    assert row["f08_training_round_the_clock"] == pytest.approx(row["f08_training_share"])
    fed = [{**r, "metric": "net_ingress_bytes", "value": 9e9} for r in rows if r["metric"] ==
           "DCGM_FI_DEV_GPU_UTIL"]  # fmt: skip
    row = features(gpu_telemetry=table("gpu_telemetry", *rows, *fed))["a"]
    assert row["f08_starved_training"] == pytest.approx(0.1, rel=0.01)


def test_the_inventory_says_whose_it_was(features: Features, table: Table) -> None:
    meters = table("gpu_telemetry", *samples(TRAINING, 2, account_id=None))
    moved = START + timedelta(hours=1)
    inventory = table(
        "inventory", {"instance_id": "i", "account_id": "a", "valid_to": moved},
        {"instance_id": "i", "account_id": "b", "valid_from": moved},
    )  # fmt: skip
    rows = features(gpu_telemetry=meters, inventory=inventory)
    assert (rows["a"]["f08_training_share"] or 0.0) > 0.9
    assert (rows["b"]["f08_training_share"] or 0.0) > 0.9


def test_a_device_of_two_holders_is_nobodys(features: Features, table: Table) -> None:
    meters = table("gpu_telemetry", *samples(TRAINING, 2, account_id=None))
    inventory = table("inventory", *({"instance_id": "i", "account_id": x} for x in "ab"))
    accounts = table("accounts", {"account_id": "a"}, {"account_id": "b"})
    rows = features(gpu_telemetry=meters, inventory=inventory, accounts=accounts)
    assert rows["a"]["f08_training_share"] == rows["b"]["f08_training_share"] == 0.0


def test_telemetry_no_table_names_an_owner_for_adds_no_account(
    features: Features, table: Table
) -> None:
    meters = table("gpu_telemetry", *samples(TRAINING, 2, account_id=None))
    assert features(gpu_telemetry=meters) == {}


def slices(*meters: dict[str, float]) -> list[dict[str, object]]:
    """Samples of one GPU's slices, of which the first has the number 1."""
    return [
        row
        for number, each in enumerate(meters, 1)
        for row in samples(each, account_id=None, instance_id=None, gpu_uuid=f"GPU-a/{number}")
    ]


def test_an_idle_slice_is_idle_whatever_its_neighbour_does(
    features: Features, table: Table
) -> None:
    inventory = table(
        "inventory", {"gpu_uuid": "GPU-a/1", "account_id": "a"},
        {"gpu_uuid": "GPU-a/2", "account_id": "b"},
    )  # fmt: skip
    meters = table("gpu_telemetry", *slices(IDLE, TRAINING))
    rows = features(gpu_telemetry=meters, inventory=inventory)
    assert (rows["a"]["f08_idle_share"] or 0.0) > 0.95
    assert (rows["a"]["f08_training_share"] or 0.0) < 0.01
    assert (rows["b"]["f08_training_share"] or 0.0) > 0.95


def test_a_gpus_holder_holds_its_one_slice(features: Features, table: Table) -> None:
    inventory = table("inventory", {"gpu_uuid": "GPU-a", "account_id": "a"})
    meters = table("gpu_telemetry", *slices(TRAINING))
    row = features(gpu_telemetry=meters, inventory=inventory)["a"]
    assert row["f08_training_share"] == pytest.approx(1.0, abs=0.02)


def test_a_neighbours_slice_is_not_laid_at_the_door_of_the_gpus_holder(
    features: Features, table: Table
) -> None:
    inventory = table("inventory", {"gpu_uuid": "GPU-a", "account_id": "a"})
    meters = table("gpu_telemetry", *slices(IDLE, TRAINING))
    row = features(gpu_telemetry=meters, inventory=inventory)["a"]
    assert (row["f08_training_share"] or 0.0) < 0.01


def test_a_holder_of_a_slice_comes_before_the_holder_of_its_gpu(
    features: Features, table: Table
) -> None:
    inventory = table(
        "inventory", {"gpu_uuid": "GPU-a", "account_id": "a"},
        {"gpu_uuid": "GPU-a/2", "account_id": "b"},
    )  # fmt: skip
    meters = table("gpu_telemetry", *slices(IDLE, TRAINING))
    rows = features(gpu_telemetry=meters, inventory=inventory)
    assert (rows["a"]["f08_idle_share"] or 0.0) > 0.95
    assert (rows["b"]["f08_training_share"] or 0.0) > 0.95


def test_a_gpu_hour_is_one_into_however_many_slices_it_is_cut(
    features: Features, table: Table
) -> None:
    cut = slices(*[TRAINING] * 7)
    idle = samples(IDLE, account_id=None, instance_id=None, gpu_uuid="GPU-b")
    held = (*(f"GPU-a/{number}" for number in range(1, 8)), "GPU-b")
    inventory = table("inventory", *({"gpu_uuid": g, "account_id": "a"} for g in held))
    row = features(gpu_telemetry=table("gpu_telemetry", *cut, *idle), inventory=inventory)["a"]
    assert row["f08_training_share"] == pytest.approx(0.5, abs=0.02)


def test_meters_of_a_whole_gpu_tell_nothing_of_one_of_its_slices(
    features: Features, table: Table
) -> None:
    busy = samples(TRAINING, account_id=None, instance_id=None, gpu_uuid="GPU-a")
    inventory = table("inventory", {"gpu_uuid": "GPU-a", "account_id": "a"})
    meters = table("gpu_telemetry", *slices(IDLE), *busy)
    row = features(gpu_telemetry=meters, inventory=inventory)["a"]
    assert (row["f08_idle_share"] or 0.0) > 0.95


def test_ids_with_a_stroke_that_are_no_slices_stay_devices(
    features: Features, table: Table
) -> None:
    three = [s for n, m in enumerate((IDLE, IDLE, TRAINING))
             for s in samples(m, instance_id=f"rack/{n}")]  # fmt: skip
    row = features(gpu_telemetry=table("gpu_telemetry", *three))["a"]
    assert row["f08_idle_share"] == pytest.approx(2 / 3, abs=0.02)


def test_a_result_that_leaves_before_silence(features: Features, table: Table) -> None:
    def day(number: int, out: float) -> list[dict[str, object]]:
        moved = {**TRAINING, "net_egress_bytes": out}
        time = START + timedelta(days=number)
        return [{**row, "time": time} for row in samples(moved, hours=1)]

    rows = [row for d in range(9) for row in day(d, 0.0)] + day(9, 5e12)
    row = features(gpu_telemetry=table("gpu_telemetry", *rows))["a"]
    silent = (datetime(2026, 3, 2, tzinfo=UTC) - START - timedelta(days=9)).days / 90
    assert row["f08_gone_with_result"] == pytest.approx(row["f08_training_share"] * silent)


def test_imported_disks_are_counted_without_meters(features: Features, table: Table) -> None:
    names = ("ImportSnapshot", "CopySnapshot", "CreateImage")
    rows = [{"account_id": "a", "time": START, "operation": name} for name in names]
    row = features(events=table("events", *rows))["a"]
    assert row["f08_imported_disks"] == pytest.approx(math.log(3))
