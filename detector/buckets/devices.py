"""Meters of devices that name no account: they go wherever somebody held the device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from detector.buckets.boxes import Box, bucket_of, split
from detector.sources.gaps import MACHINES, machines
from features.devices import whole
from features.rollups import Parts

KEYS: Final = ("instance_id", "gpu_uuid")


def holders(inventory: pl.DataFrame, buckets: int) -> pl.DataFrame:
    """Buckets of the accounts that ever held each device, or any slice of it.

    Returns
    -------
    pl.DataFrame
        ``key`` (``instance_id`` or ``gpu_uuid``), ``device`` and ``_bucket``, each once.
    """
    parts = [
        inventory.filter(pl.col(key).is_not_null()).select(
            key=pl.lit(key), device=whole(pl.col(key)), _bucket=bucket_of(buckets)
        )
        for key in KEYS
    ]
    return pl.concat(parts).unique().sort("key", "device", "_bucket")


def split_rollups(frames: Parts, known: pl.DataFrame, buckets: int) -> Iterator[Box]:
    """Parts of rollups by bucket, and the machines that telemetry knows.

    ``known`` is what ``holders`` gave. Machines that nobody holds reach no bucket, and are told
    of all the same.
    """
    yield from split({k: v for k, v in frames.items() if k != "telemetry"}, buckets)
    if "telemetry" in frames:
        yield Box(MACHINES, 0, machines(frames["telemetry"]))
        yield from split_telemetry(frames["telemetry"], known, buckets)


def split_telemetry(frame: pl.DataFrame, known: pl.DataFrame, buckets: int) -> Iterator[Box]:
    """Rows that name an account by its bucket, the others to every bucket of a holder."""
    named = frame.filter(pl.col("account_id").is_not_null())
    yield from split({"telemetry": named}, buckets)
    yield from _sent("telemetry", frame.filter(pl.col("account_id").is_null()), known)


def split_inventory(inventory: pl.DataFrame, buckets: int) -> Iterator[Box]:
    """Each row to every bucket of an account that held its device, so that rivals are seen."""
    yield from _sent("inventory", inventory, holders(inventory, buckets))


def _sent(name: str, frame: pl.DataFrame, known: pl.DataFrame) -> Iterator[Box]:
    numbered = frame.with_row_index("_row")
    to = pl.concat(
        [
            numbered.select("_row", device=whole(pl.col(key))).join(
                known.filter(pl.col("key") == key), on="device"
            )
            for key in KEYS
        ]
    )
    routes = to.select("_row", "_bucket").unique().sort("_row", "_bucket")
    rows = numbered.join(routes, on="_row", maintain_order="right").drop("_row")
    for (bucket,), part in rows.partition_by("_bucket", include_key=False, as_dict=True).items():
        yield Box(name, int(bucket), part)
