"""`gpu_telemetry` and `inventory` of a sample of the GPU accounts."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from detector.simulate.catalogue import MACHINES
from detector.simulate.frame import hexes, times, words
from detector.simulate.plan import Plan
from detector.simulate.rng import Floats, Ints
from detector.simulate.tables.folder import Folder
from detector.simulate.world import World

METRICS: Final = (
    "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_POWER_USAGE", "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE",
    "DCGM_FI_PROF_DRAM_ACTIVE", "DCGM_FI_PROF_NVLINK_TX_BYTES", "net_ingress_bytes",
    "net_egress_bytes",
)  # fmt: skip
# By job: utilisation, power share, tensor, memory, log10 link bytes/s, log10 bytes in and out
# in six hours. Jobs: notebook, training, serving, rendering, mining, science.
_SHAPES: Final = np.array(
    [
        [25, 0.35, 0.08, 0.15, 4.0, 9.3, 8.6],
        [92, 0.85, 0.55, 0.50, 9.5, 10.6, 8.9],
        [48, 0.50, 0.22, 0.45, 6.0, 9.2, 9.6],
        [97, 0.80, 0.02, 0.35, 3.0, 9.8, 10.3],
        [99, 0.78, 0.00, 0.75, 1.0, 7.4, 7.2],
        [80, 0.70, 0.15, 0.55, 7.0, 10.0, 9.6],
    ]
)
_NOISE: Final = np.array([0.12, 0.08, 0.35, 0.2, 0.4, 0.35, 0.35])
_POWER: Final = {"T4": 70, "A10G": 150, "V100-16GB": 300, "L4": 72, "L40S": 350, "A10": 150,
                 "RTXA6000": 300}  # fmt: skip
_SAMPLES: Final = 2


def write_week(world: World, plan: Plan, folder: Folder, first: int, last: int) -> None:
    """Write telemetry samples of some days."""
    rng = world.streams.of("telemetry", first)
    rows = plan.gpu.between(first, last)
    some = np.flatnonzero(
        (world.traits["telemetry"][rows.account] == 1) & (rng.random(len(rows.account)) < 0.5)
    )
    some = np.repeat(some, _SAMPLES)
    account, machine = rows.account[some], rows.machine[some]
    hour = np.floor(rng.random(len(some)) * 24)
    second = rows.day[some] * 86_400 + hour * 3600
    values = _values(world, rng, account, machine, second / 86_400)
    order = np.lexsort((account, second))
    size, count = len(order), len(METRICS)
    who, what = np.repeat(account[order], count), np.tile(np.arange(count), size)
    slot = np.repeat(rng.integers(0, 2, size), count)
    frame = pl.DataFrame(
        {
            "time": times(np.repeat(second[order], count)),
            "instance_id": _instances(world, who, slot),
            "metric": words(what, METRICS),
            "value": values[order].reshape(-1),
            "gpu_model": words(np.repeat(machine[order], count), tuple(m.part for m in MACHINES)),
        }
    )
    folder.part("gpu_telemetry", first, frame)


def _instances(world: World, account: Ints, slot: Ints) -> pl.Series:
    return pl.select("i-" + hexes(account * 4 + slot + 1, world.seed + 60)).to_series()


def _values(
    world: World, rng: np.random.Generator, account: Ints, machine: Ints, day: Floats
) -> Floats:
    t = world.traits
    shape = _SHAPES[t["job"][account]].copy()
    noise = rng.normal(0, 1, shape.shape) * _NOISE
    shape[:, :4] *= np.exp(noise[:, :4])
    shape[:, 4:] += noise[:, 4:]
    single = np.array([m.gpus == 1 for m in MACHINES])[machine]
    shape[single, 4] = 0
    shape[:, 5] += t["ingress"][account] / np.log(10)
    end = np.minimum(t["gpu_until"][account], world.days)
    leaving = (t["egress_end"][account] == 1) & (day > end - 2)
    shape[:, 6] = np.where(leaving, 12.0, shape[:, 6])
    watts = np.array([_POWER.get(m.part, 500) for m in MACHINES])[machine]
    shape[:, 1] *= watts
    shape[:, 0] = np.minimum(shape[:, 0], 100)
    shape[:, 2:4] = np.minimum(shape[:, 2:4], 1)
    shape[:, 4:] = np.where(shape[:, 4:] > 0, np.round(10 ** shape[:, 4:]), 0)
    return np.asarray(np.round(shape, 4))


def write_inventory(world: World, plan: Plan, folder: Folder) -> None:
    """Say which account had which instance, and when."""
    t = world.traits
    account = np.unique(plan.gpu.account)
    account = account[t["telemetry"][account] == 1]
    begin = np.maximum(np.maximum(t["gpu_from"], t["created"]), -200)[account]
    begin = np.floor(np.minimum(begin, np.maximum(begin, 0)))
    end = t["gpu_until"][account] + 1
    who, slot = np.repeat(account, 2), np.tile([0, 1], len(account))
    frame = pl.DataFrame(
        {
            "instance_id": _instances(world, who, slot),
            "account_id": world.ids.gather(who.astype(np.uint32)),
            "valid_from": times(np.repeat(begin, 2) * 86_400),
            "valid_to": times(np.repeat(np.where(end < world.days, end * 86_400, np.nan), 2)),
        }
    )
    folder.whole("inventory", frame.sort("instance_id"))
