"""Meters and the inventory reach every account that may hold a device or a slice of it."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from detector.buckets.boxes import bucket_of
from detector.buckets.devices import holders, split_inventory, split_telemetry

BUCKETS = 64
NAMES = pl.String, pl.String, pl.String


def inventory(*rows: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(
        [{"instance_id": None, "gpu_uuid": gpu, "account_id": account} for gpu, account in rows],
        schema=dict(zip(("instance_id", "gpu_uuid", "account_id"), NAMES, strict=True)),
    )


def buckets(*accounts: str) -> set[int]:
    frame = pl.DataFrame({"account_id": accounts})
    return set(frame.select(bucket_of(BUCKETS)).to_series())


def test_a_slices_meters_go_to_the_holders_of_the_slice_and_of_its_gpu() -> None:
    held = inventory(("GPU-a", "a"), ("GPU-a/2", "b"), ("GPU-c", "c"))
    meters = pl.DataFrame(
        {"account_id": [None], "instance_id": [None], "gpu_uuid": ["GPU-a/2"],
         "hour": [datetime(2026, 1, 1, tzinfo=UTC)]},
        schema_overrides={"account_id": pl.String, "instance_id": pl.String},
    )  # fmt: skip
    sent = split_telemetry(meters, holders(held, BUCKETS), BUCKETS)
    assert {box.bucket for box in sent} == buckets("a", "b")


def test_the_holder_of_a_gpu_sees_who_holds_its_slices() -> None:
    held = inventory(("GPU-a", "a"), ("GPU-a/2", "b"))
    seen = {box.bucket: set(box.open()["account_id"]) for box in split_inventory(held, BUCKETS)}
    assert seen == {key: {"a", "b"} for key in buckets("a", "b")}
