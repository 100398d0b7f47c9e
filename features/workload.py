"""F08, workload signature: what GPUs are really doing, from their meters (DCGM).

Each device-hour gets a likelihood under five kinds of work from the means of its meters;
normal densities with the figures of ``PROFILES`` (orders of magnitude from NVIDIA's DCGM
field notes and public cluster traces: training keeps tensor cores and links busy, mining
keeps memory busy without tensor cores or links). An account's shares are the means of its
device-hours' posteriors. A MIG slice is a device of its own.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.devices import assigned, is_slice, whole
from features.expressions import days_silent, per, ratio, share
from features.population import Population
from features.registry import Family, Reach
from features.rollups import Rollups

METERS: Final = {
    "DCGM_FI_DEV_GPU_UTIL": "busy", "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE": "tensor",
    "DCGM_FI_PROF_DRAM_ACTIVE": "memory", "DCGM_FI_PROF_NVLINK_TX_BYTES": "link",
    "DCGM_FI_DEV_POWER_USAGE": "power", "net_ingress_bytes": "ingress",
    "net_egress_bytes": "egress",
}  # fmt: skip
KINDS: Final = ("training", "serving", "rendering", "mining", "idling")
SIGNS: Final = ("busy", "tensor", "memory", "link")
# Mean and spread of busy (0-1), tensor (0-1), memory (0-1) and log10 of link bytes/s.
PROFILES: Final = np.array(
    [
        [[0.92, 0.10], [0.45, 0.20], [0.50, 0.20], [9.0, 1.5]],
        [[0.50, 0.22], [0.20, 0.12], [0.42, 0.20], [5.5, 2.5]],
        [[0.95, 0.10], [0.02, 0.03], [0.35, 0.20], [3.0, 2.0]],
        [[0.99, 0.03], [0.00, 0.02], [0.80, 0.15], [1.0, 1.5]],
        [[0.03, 0.06], [0.00, 0.03], [0.02, 0.05], [0.5, 2.0]],
    ]
)
# Declared uses that tensor-core training does not belong to.
OTHER_USES: Final = ["web", "rendering", "gaming"]
GIGABYTE: Final = 1e9
# Ways in for data that do not show as network traffic of a machine.
IMPORTS: Final = ["ImportSnapshot", "CopySnapshot"]


def base(population: Population) -> pl.DataFrame:
    """Shares of the kinds of work, and bytes moved, of each account with telemetry."""
    rollups = population.rollups
    hours = device_hours(rollups)
    shares = classify(hours)
    kept = hours.select("account_id", "device", "hour", "ingress", "egress")
    joined = _gpu_hours(kept.hstack(shares))
    use = rollups["accounts"].select(
        "account_id",
        pl.col("declared_use_class").is_in(OTHER_USES).fill_null(False).alias("other_use"),
        pl.col("declared_use_class").eq_missing(pl.lit("rendering")).alias("renders"),
    )
    means = joined.group_by("account_id", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("device_hours"),
        *(pl.col(kind).mean() for kind in KINDS),
        (pl.col("link_busy").sum() / pl.len()).alias("link_busy"),
        pl.col("tensor_duty").mean(),
        pl.col("flat_power").mean(),
        (pl.col("ingress") * pl.col("training")).sum().alias("training_ingress"),
        pl.col("training").sum().alias("training_hours"),
        pl.col("ingress").sum(),
        pl.col("egress").sum(),
        per(days_silent(pl.col("hour").max(), rollups.as_of), rollups.window_days)
        .clip(0.0, 1.0)
        .alias("silence"),
    )
    return (
        means.join(_last_egress(joined), on="account_id", how="left", maintain_order="left")
        .join(_clock(joined), on="account_id", how="left", maintain_order="left")
        .join(use, on="account_id", how="left", maintain_order="left")
        .join(_imports(rollups), on="account_id", how="full", coalesce=True)
        .sort("account_id")
    )


def device_hours(rollups: Rollups) -> pl.DataFrame:
    """Mean meters by account, device and hour of the window.

    An hour belongs to the account that telemetry names, else to the one that held the
    instance or GPU from its first to its last sample; hours in which a device changed
    hands, and devices held by two at once, belong to nobody.
    """
    rows = rollups["telemetry"].filter(pl.col("hour").dt.date() >= rollups.window_start)
    owned = assigned(rows, rollups["inventory"])
    keys = ["account_id", "device", "hour"]
    named = owned.filter(pl.col("metric").is_in(list(METERS))).with_columns(
        meter=pl.col("metric").replace_strict(METERS, return_dtype=pl.String)
    )
    summed = named.group_by(*keys, "meter").agg(pl.col("n", "total", "squares").sum())
    total, n = pl.col("total").cast(pl.Float64), pl.col("n")
    meters = summed.with_columns(
        mean=total / n,
        spread=(pl.col("squares").cast(pl.Float64) / n - (total / n) ** 2).clip(0.0).sqrt(),
    )

    def of(meter: str, column: str) -> pl.Expr:
        return pl.col(column).filter(pl.col("meter") == meter).first()

    return (
        meters.group_by(keys)
        .agg(
            per(of("busy", "mean"), 100.0).alias("busy"),
            of("tensor", "mean").alias("tensor"),
            of("memory", "mean").alias("memory"),
            of("link", "mean").clip(lower_bound=0).alias("link"),
            of("power", "mean").alias("power"),
            of("power", "spread").alias("power_spread"),
            of("ingress", "total").cast(pl.Float64).fill_null(0.0).alias("ingress"),
            of("egress", "total").cast(pl.Float64).fill_null(0.0).alias("egress"),
        )
        .sort(keys)
    )


def _gpu_hours(hours: pl.DataFrame) -> pl.DataFrame:
    """Rows with the slices that an account has of one GPU in one hour as their mean.

    A GPU-hour stays one hour into however many slices it is cut; bytes are added up.
    """
    if not hours.select(is_slice(pl.col("device")).any()).item():
        return hours
    moved = pl.col("ingress", "egress").sum()
    return (
        hours.group_by("account_id", whole(pl.col("device")), "hour", maintain_order=True)
        .agg(moved, pl.exclude("account_id", "device", "hour", "ingress", "egress").mean())
        .sort("account_id", "device", "hour")
    )


def classify(hours: pl.DataFrame) -> pl.DataFrame:
    """Posterior of each kind of work for every device-hour, and its duties.

    Returns
    -------
    pl.DataFrame
        ``KINDS`` (each 0 … 1, summing to 1), ``tensor_duty``, ``link_busy`` (0 or 1) and
        ``flat_power`` (0 … 1), in the rows' order. Meters that are missing say nothing.
    """
    link = hours["link"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    known = [hours[s].fill_null(float("nan")).to_numpy() for s in SIGNS[:3]]
    signs = np.stack([*known, np.log10(1.0 + link)], axis=1)
    posterior = _posterior(signs)
    spread, power = hours["power_spread"], hours["power"]
    steady = 1.0 - (spread / power.clip(lower_bound=1.0)).clip(0.0, 1.0)
    busy = hours["busy"].fill_null(0.0).clip(0.0, 1.0)
    columns = {kind: posterior[:, k] for k, kind in enumerate(KINDS)}
    return pl.DataFrame(columns).with_columns(
        tensor_duty=hours["tensor"].fill_null(0.0).clip(0.0, 1.0),
        link_busy=(hours["link"].fill_null(0.0) > 1e6).cast(pl.Float64),
        flat_power=steady.fill_null(0.0) * busy,
    )


def _posterior(signs: NDArray[np.float64]) -> NDArray[np.float64]:
    mean, spread = PROFILES[:, :, 0], PROFILES[:, :, 1]
    away = (signs[:, None, :] - mean[None]) / spread[None]
    terms = np.where(np.isnan(away), 0.0, -0.5 * away**2 - np.log(spread)[None])
    score = terms[:, :, 0] + terms[:, :, 1] + terms[:, :, 2] + terms[:, :, 3]
    nothing = np.isnan(signs).all(axis=1)
    weight = np.exp(score - score.max(axis=1, keepdims=True, initial=-np.inf))
    weight[nothing] = 0.0
    total = np.maximum(weight.sum(axis=1, keepdims=True), 1e-300)
    return np.asarray(weight / total)


def _imports(rollups: Rollups) -> pl.DataFrame:
    """Disks that came in by import or copy, as events tell."""
    rows = rollups.window("events", rows=pl.col("operation").is_in(IMPORTS))
    return rows.group_by("account_id").agg(pl.col("n").sum().alias("imports"))


def _last_egress(hours: pl.DataFrame) -> pl.DataFrame:
    """Bytes out in the last tenth of the active days, of five or more."""
    days = hours.with_columns(day=pl.col("hour").dt.date())
    rank = pl.col("day").rank("dense").over("account_id").cast(pl.Int64)
    many = pl.col("day").n_unique().over("account_id").cast(pl.Int64)
    late = (many >= 5) & ((many - rank) * 10 < many)
    return (
        days.with_columns(late=late)
        .group_by("account_id", maintain_order=True)
        .agg(pl.col("egress").filter("late").sum().alias("late_egress"))
    )


def _clock(hours: pl.DataFrame) -> pl.DataFrame:
    """Effective number of the 24 hours in which training runs, as a share of 24."""
    by_hour = (
        hours.group_by("account_id", clock=pl.col("hour").dt.hour(), maintain_order=True)
        .agg(pl.col("training").sum())
        .sort("account_id", "clock")
    )
    squares = (pl.col("training") ** 2).sum()
    spread = per(pl.col("training").sum() ** 2 / squares, 24.0)
    return by_hour.group_by("account_id", maintain_order=True).agg(
        pl.when(squares > 0).then(spread).otherwise(0.0).clip(0.0, 1.0).alias("training_clock")
    )


FAMILY = Family("F08", base, Reach.OWN, nameless="telemetry")
_METERED = ("gpu_telemetry",)
_DECLARED = ("gpu_telemetry", "accounts")


@FAMILY.feature(
    unit="share", direction=1, inputs=_METERED, typologies=("T10", "T21"), bounds=(0, 1)
)
def f08_training_share() -> pl.Expr:
    """Share of device-hours that look like model training."""
    return pl.col("training")


@FAMILY.feature(unit="share", direction=1, inputs=_DECLARED, typologies=("T21",), bounds=(0, 1))
def f08_undeclared_training() -> pl.Expr:
    """GPUs train models although the declared use is web, rendering or gaming."""
    return pl.when("other_use").then(pl.col("training"))


@FAMILY.feature(unit="share", direction=1, inputs=_METERED, typologies=("T13",), bounds=(0, 1))
def f08_mining_share() -> pl.Expr:
    """Share of device-hours that look like mining: memory busy, tensor cores and links not."""
    return pl.col("mining")


@FAMILY.feature(unit="share", direction=1, inputs=_METERED, typologies=("T09",), bounds=(0, 1))
def f08_idle_share() -> pl.Expr:
    """Share of device-hours in which a held GPU does nothing."""
    return pl.col("idling")


@FAMILY.feature(unit="share", direction=1, inputs=_METERED, typologies=("T04",), bounds=(0, 1))
def f08_serving_share() -> pl.Expr:
    """Share of device-hours that look like serving a model to others."""
    return pl.col("serving")


@FAMILY.feature(
    unit="share", direction=1, inputs=_METERED, typologies=("T10", "T21"), bounds=(0, 1)
)
def f08_tensor_duty() -> pl.Expr:
    """How busy the tensor cores are, on average."""
    return pl.col("tensor_duty")


@FAMILY.feature(
    unit="share", direction=1, inputs=_METERED, typologies=("T10", "T21"), bounds=(0, 1)
)
def f08_linked_gpus() -> pl.Expr:
    """Share of device-hours in which GPUs exchange data over their links."""
    return pl.col("link_busy")


@FAMILY.feature(
    unit="share", direction=1, inputs=_METERED, typologies=("T13", "T21"), bounds=(0, 1)
)
def f08_flat_power() -> pl.Expr:
    """Busy GPUs that draw the same power all the time."""
    return pl.col("flat_power")


@FAMILY.feature(unit="share", direction=1, inputs=_METERED, typologies=("T10",), bounds=(0, 1))
def f08_starved_training() -> pl.Expr:
    """Training with hardly any data coming in over the network per GPU-hour."""
    hourly = per(ratio("training_ingress", "training_hours"), GIGABYTE)
    return pl.col("training") / (1.0 + hourly.clip(lower_bound=0.0))


@FAMILY.feature(unit="share", direction=1, inputs=_METERED, typologies=("T10",), bounds=(0, 1))
def f08_leaves_with_result() -> pl.Expr:
    """After training, most of the data leaves in the last days."""
    return pl.col("training") * share("late_egress", "egress")


@FAMILY.feature(
    unit="share", direction=1, inputs=_METERED, typologies=("T10", "T21"), bounds=(0, 1)
)
def f08_training_round_the_clock() -> pl.Expr:
    """Training that runs at every hour of the day alike."""
    return pl.col("training") * pl.col("training_clock")


@FAMILY.feature(unit="share", direction=1, inputs=_METERED, typologies=("T10",), bounds=(0, 1))
def f08_gone_with_result() -> pl.Expr:
    """GPUs trained, most of the data left in the last days, and then they fell silent."""
    return pl.col("training") * share("late_egress", "egress") * pl.col("silence")


@FAMILY.feature(unit="log(1+imports)", direction=1, inputs=("events",), typologies=("T10",))
def f08_imported_disks() -> pl.Expr:
    """Data brought in on disks, beside the network."""
    return pl.col("imports").log1p()
