"""``gpu_telemetry`` and ``inventory``: what machines did, and who held them."""

from __future__ import annotations

from typing import Final

import dataframely as dy
import polars as pl

from features import observed
from features.tables.columns import HIDE, KEEP, identifier, moment, number, text
from features.tables.known import Known
from features.tables.table import Table, kept_as
from features.types import ID_BYTES

_DEVICE: Final = ("instance_id", "gpu_uuid")


def _is_named() -> pl.Expr:
    return pl.any_horizontal(pl.col(c).is_not_null() for c in _DEVICE)


class GpuTelemetry(dy.Schema):
    """Long table of DCGM fields and network byte counts."""

    time = moment(KEEP, happened=True)
    instance_id = identifier(HIDE, nullable=True)
    gpu_uuid = identifier(HIDE, nullable=True)
    metric = text(KEEP, nullable=False, limit=ID_BYTES)
    value = number(KEEP, nullable=True)
    account_id = identifier(HIDE, nullable=True)
    gpu_model = text(KEEP)

    @dy.rule()
    def names_its_source(cls) -> pl.Expr:
        """A sample names its instance or its GPU."""
        return _is_named()


class Inventory(dy.Schema):
    """Which account held which instance or GPU, and when."""

    instance_id = identifier(HIDE, nullable=True)
    gpu_uuid = identifier(HIDE, nullable=True)
    account_id = identifier(HIDE)
    valid_from = moment(KEEP)
    valid_to = moment(KEEP, nullable=True)

    @dy.rule()
    def names_its_source(cls) -> pl.Expr:
        """A row names its instance or its GPU."""
        return _is_named()


GPU_TELEMETRY: Final = Table(
    name="gpu_telemetry",
    schema=GpuTelemetry,
    title="GPU telemetry",
    required=("time", "metric", "value"),
    one_of=_DEVICE,
    known=Known(since="time"),
    # A sample is visible from just after its instant.
    seen_whole=pl.col("time") + pl.duration(microseconds=1),
    ends=pl.col("time"),
    account=("account_id",),
    rollup=lambda rows, _as_of, _catalogue: {"telemetry": observed.telemetry(rows)},
    population="telemetry",
    lesson=0,
)

INVENTORY: Final = Table(
    name="inventory",
    schema=Inventory,
    title="machine inventory",
    required=("account_id", "valid_from"),
    one_of=_DEVICE,
    known=Known(since="valid_from", dated={"valid_to": ("valid_to",)}),
    ends=pl.col("valid_to"),
    account=("account_id",),
    rollup=kept_as("inventory"),
    kept_whole=True,
    population="inventory",
    here=True,
    lesson=0,
)
