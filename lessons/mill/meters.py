"""What the machines' meters say: telemetry of half the fleet, and whose each machine was."""

import numpy as np
import polars as pl

from lessons.mill.cast import Cast
from lessons.mill.catalogue import SKUS
from lessons.mill.focus import Work
from lessons.mill.ranges import HOUR, Floats, Ints, Plan

__all__ = ["inventory_rows", "telemetry_rows"]

STEP = 3 * HOUR
# utilisation, tensor, memory, power, NVLink GB/s, ingress and egress GB an hour and GPU
SIGNALS: dict[str, tuple[float, ...]] = {
    "train": (93, 0.42, 0.5, 0.84, 60, 6.0, 1.2),
    "infer": (48, 0.16, 0.42, 0.52, 3, 3.0, 5.0),
    "render": (96, 0.01, 0.3, 0.8, 0.1, 2.5, 4.0),
    "notebook": (22, 0.08, 0.15, 0.3, 0.5, 2.0, 0.6),
    "mine": (99, 0.002, 0.85, 0.72, 0.05, 0.02, 0.01),
    "hpc": (80, 0.12, 0.55, 0.7, 20, 4.0, 2.0),
    "ferry": (95, 0.46, 0.52, 0.86, 70, 0.06, 0.1),
}


def inventory_rows(cast: Cast, work: Work, plan: Plan) -> pl.DataFrame:
    """The table ``inventory``: every machine with GPUs, and who held it."""
    gpus = np.array([sku.gpus for sku in SKUS])[work.launches.sku[work.launch]]
    here = np.flatnonzero(gpus > 0)
    running = pl.Series(work.end[here] >= plan.end)
    return pl.DataFrame(
        {
            "instance_id": pl.Series(work.ids, dtype=pl.String).gather(here),
            "account_id": pl.Series(cast.ids).gather(work.launches.account[work.launch[here]]),
            "valid_from": plan.times(work.start[here]),
            "valid_to": plan.times(pl.Series(work.end[here]).set(running, None)),
        }
    ).sort("valid_from", "instance_id")


def _signals(rng: np.random.Generator, cast: Cast, work: Work) -> Floats:
    """What each launch does to its GPUs, as a row of ``SIGNALS`` with some spread."""
    done = work.launches
    names = sorted(SIGNALS)
    usual = np.array([names.index(cast.kind(i).signal) for i in range(cast.size)])[done.account]
    pick = rng.random(len(usual))
    usual = np.where(pick < 0.12, names.index("notebook"), usual)
    usual = np.where((pick > 0.9) & (done.ringed == 0), names.index("infer"), usual)
    role = np.array([cast.kind(i).role == "proxy" for i in range(cast.size)])[done.account]
    usual = np.where(role & (done.ringed == 0), names.index("notebook"), usual)
    usual = np.where(done.foreign == 1, names.index("mine"), usual)
    table = np.array([SIGNALS[name] for name in names])[usual]
    spread: Floats = table * rng.lognormal(0, 0.18, table.shape)
    return spread


def telemetry_rows(rng: np.random.Generator, cast: Cast, work: Work, plan: Plan) -> pl.DataFrame:
    """The table ``gpu_telemetry``: a sample of seven meters each three hours of a machine."""
    done = work.launches
    sku = done.sku[work.launch]
    gpus = np.array([entry.gpus for entry in SKUS])[sku]
    here = np.flatnonzero((gpus > 0) & (rng.random(len(gpus)) < 0.5))
    offset = rng.integers(5, 60, len(here))
    span = np.maximum((work.end[here] - work.start[here] - offset - 1) // STEP + 1, 0)
    machine = np.repeat(here, span)
    turn = np.arange(len(machine)) - np.repeat(np.cumsum(span) - span, span)
    tick = work.start[machine] + np.repeat(offset, span) + turn * STEP
    shape = _signals(rng, cast, work)[work.launch[machine]]
    shape = shape * rng.lognormal(0, 0.12, shape.shape)
    watts = np.array([entry.watts for entry in SKUS])[sku][machine]
    hours = np.minimum(STEP, tick - work.start[machine]) / HOUR
    solo = gpus[machine] < 8
    last = tick + STEP >= work.end[machine]
    checkpoint = np.where(last & (shape[:, 1] > 0.3), 40.0, 1.0)
    moved = 1e9 * hours * gpus[machine]
    values = {
        "DCGM_FI_DEV_GPU_UTIL": np.round(np.minimum(shape[:, 0], 100)),
        "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE": np.round(np.minimum(shape[:, 1], 1), 4),
        "DCGM_FI_PROF_DRAM_ACTIVE": np.round(np.minimum(shape[:, 2], 1), 4),
        "DCGM_FI_DEV_POWER_USAGE": np.round(np.minimum(shape[:, 3], 1.02) * watts, 1),
        "DCGM_FI_PROF_NVLINK_TX_BYTES": np.round(np.where(solo, 0, shape[:, 4]) * 1e9),
        "net_ingress_bytes": np.round(shape[:, 5] * moved),
        "net_egress_bytes": np.round(shape[:, 6] * moved * checkpoint),
    }
    frame = pl.DataFrame({"tick": tick, "machine": machine, **values})
    long = frame.unpivot(index=["tick", "machine"], variable_name="metric", value_name="value")
    long = long.sort("tick", "machine", maintain_order=True)
    model = pl.Series([entry.model for entry in SKUS])
    number: Ints = long["machine"].to_numpy()
    return long.select(
        plan.times(long["tick"], "time"),
        "metric",
        "value",
        pl.Series(work.ids, dtype=pl.String).gather(number).alias("instance_id"),
        model.gather(sku[number]).alias("gpu_model"),
    )
