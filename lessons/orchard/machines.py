"""GPU machines: who ran which from when to when, whose they were and what they did."""

from __future__ import annotations

import numpy as np
import polars as pl

from lessons.orchard.cast import Cast
from lessons.orchard.phases import at_hours, weight
from lessons.orchard.places import sit
from lessons.orchard.setting import (
    DAY,
    HOUR,
    NEVER,
    Array,
    Columns,
    Setting,
    exact,
    hexed,
    spread,
    words,
)

TYPES = (
    "g4dn.xlarge",
    "g5.xlarge",
    "g6.xlarge",
    "g5.12xlarge",
    "a2-highgpu-1g",
    "p4d.24xlarge",
    "p5.48xlarge",
)
GPUS = (
    "Tesla T4",
    "NVIDIA A10G",
    "NVIDIA L4",
    "NVIDIA A10G",
    "NVIDIA A100",
    "NVIDIA A100",
    "NVIDIA H100",
)
WATTS = np.array([70, 300, 72, 300, 400, 400, 700])
CONTROLLED = np.array([False, False, True, False, True, True, True])
_TIERS = np.array([[0, 1, 1, 2, 2], [1, 2, 3, 4, 4], [4, 5, 5, 6, 5]])
STEP = 36  # machines are metered by the hundredth of an hour
WARM = 5  # days before the logs in which machines may have started

# utilisation, share of the watts, tensor, memory, NVLink GB/s, GB in an hour, GB out an hour
_DUTY = np.array(
    [
        [91.0, 0.84, 0.42, 0.48, 38.0, 5.0, 0.8],
        [52.0, 0.50, 0.16, 0.34, 2.0, 2.2, 3.5],
        [96.0, 0.78, 0.02, 0.42, 0.1, 7.0, 5.0],
        [99.4, 0.74, 0.001, 0.86, 0.0, 0.02, 0.02],
        [22.0, 0.34, 0.09, 0.14, 0.4, 0.9, 0.2],
    ]
)
_METRICS = (
    "DCGM_FI_DEV_GPU_UTIL",
    "DCGM_FI_DEV_POWER_USAGE",
    "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE",
    "DCGM_FI_PROF_DRAM_ACTIVE",
    "DCGM_FI_PROF_NVLINK_TX_BYTES",
    "net_ingress_bytes",
    "net_egress_bytes",
)


def days_of(setting: Setting, ph: Columns, warm: int = 0) -> tuple[Array, Array]:
    """Return every phase beside every day on which it may do something."""
    days = np.arange(-warm, setting.days)
    phase = np.repeat(np.arange(len(ph["account"])), len(days))
    at = np.tile(days * DAY, len(ph["account"]))
    may = (at + DAY > ph["from"][phase] - warm * DAY) & (at < ph["until"][phase])
    return phase[may], at[may]


def draw_sessions(setting: Setting, cast: Cast, ph: Columns, seats: Columns) -> Columns:
    """Draw what was started; a refused start is an attempt alone."""
    rng = setting.rng("machines")
    phase, at = days_of(setting, ph, WARM)
    wanted = ph["starts"][phase] > 0
    phase, at = phase[wanted], at[wanted]
    lam = ph["starts"][phase] * weight(cast, ph, phase, np.maximum(at, 0))
    count = rng.poisson(np.minimum(lam, 12))
    parent, _ = spread(count)
    phase, at = phase[parent], at[parent]
    begin = (at + at_hours(rng, ph, phase)) // STEP * STEP
    length = ph["hours"][phase] * rng.lognormal(0, 0.6, len(phase)) * HOUR
    finish = begin + np.maximum(length, 300).astype(np.int64) // STEP * STEP + STEP
    born = np.where(ph["then"][phase] == 1, ph["from"][phase], cast.ready[ph["account"][phase]])
    keep = (begin >= born) & (finish > 0) & (begin < ph["until"][phase] - HOUR)
    phase, begin, finish = phase[keep], begin[keep], finish[keep]
    kind = _TIERS[ph["gpu"][phase], (ph["pick"][phase] * 5).astype(np.int64)]
    kind = np.where(
        rng.random(len(phase)) < 0.12,
        _TIERS[ph["gpu"][phase], rng.integers(0, 5, len(phase))],
        kind,
    )
    twice, _ = spread(ph["nodes"][phase])
    phase, begin, finish, kind = phase[twice], begin[twice], finish[twice], kind[twice]
    ends = ph["until"][phase] // STEP * STEP
    running = (finish > ends) & (ends == setting.end)
    finish = np.where(running, NEVER, np.minimum(finish, ends))
    refused = (rng.random(len(phase)) < 0.01) | (ph["vain"][phase] & CONTROLLED[kind])
    logged = ((begin >= 0) & ~ph["waits"][phase]) | ~refused
    phase, begin, finish, kind = phase[logged], begin[logged], finish[logged], kind[logged]
    refused = refused[logged]
    finish = np.where(refused, begin, finish)
    ses: Columns = {
        "phase": phase,
        "begin": begin,
        "finish": finish,
        "kind": kind,
        "refused": refused,
    }
    ses["seat"] = sit(setting, rng, ph, seats, phase, np.maximum(begin, 0))
    ses["key"] = (rng.random(len(phase)) ** 1.5 * ph["keys"][phase]).astype(np.int64)
    ses["number"] = rng.permutation(len(phase))
    ses["spot"] = rng.random(len(phase)) < np.where(ph["duty"][phase] == 2, 0.5, 0.15)
    return ses


def machine_ids(setting: Setting, ses: Columns) -> pl.Series:
    """Name the machines."""
    return "i-" + hexed(setting.mark("machine", ses["number"]))


def hours_of(setting: Setting, ses: Columns) -> Columns:
    """Cut what ran at the full hours: one row a machine and hour, in hundredths of an hour."""
    ran = np.flatnonzero(~ses["refused"])
    begin = np.maximum(ses["begin"][ran], 0)
    finish = np.minimum(ses["finish"][ran], setting.end)
    parent, number = spread(-(-finish // HOUR) - begin // HOUR)
    hour = (begin[parent] // HOUR + number) * HOUR
    part = np.minimum(finish[parent], hour + HOUR) - np.maximum(begin[parent], hour)
    return {"session": ran[parent], "start": hour, "hundredths": part // STEP}


def inventory(
    setting: Setting, ses: Columns, ids: pl.Series, names: pl.Series, ph: Columns
) -> pl.DataFrame:
    """Say whose each machine was."""
    ran = pl.Series(~ses["refused"])
    return pl.DataFrame(
        {
            "instance_id": ids,
            "account_id": names.gather(pl.Series(ph["account"][ses["phase"]])),
            "valid_from": setting.times(ses["begin"]),
            "valid_to": setting.times(ses["finish"]),
        }
    ).filter(ran)


def telemetry(setting: Setting, ses: Columns, ids: pl.Series, ph: Columns) -> pl.DataFrame:
    """Sample the machines whose owners let the agent in, every four hours."""
    rng = setting.rng("telemetry")
    agent = rng.random(int(ph["account"].max()) + 1) < 0.7
    begin, finish = ses["begin"], np.minimum(ses["finish"], setting.end)
    slots = np.maximum(finish - begin - 600 + 4 * HOUR - 1, 0) // (4 * HOUR)
    slots = np.where(agent[ph["account"][ses["phase"]]] & ~ses["refused"], slots, 0)
    session, slot = spread(slots)
    at = begin[session] + 600 + slot * 4 * HOUR
    session, at = session[at >= 0], at[at >= 0]
    duty = ph["duty"][ses["phase"]][session]
    mixed = rng.random(len(session)) < np.where(duty == 3, 0.0, 0.14)  # other jobs, idle hours
    duty = np.where(mixed, rng.choice([1, 4], len(session)), duty)
    tilt = rng.lognormal(0, 0.18, len(begin))[session]
    kind = ses["kind"][session]
    parts = []
    for number, metric in enumerate(_METRICS):
        noise = rng.lognormal(0, np.where(duty == 3, 0.01, 0.22), len(session))
        value = _DUTY[duty, number] * noise * np.where(duty == 3, 1.0, tilt)
        value = (
            (
                value.clip(0, 100),
                value.clip(0, 1) * WATTS[kind],
                value.clip(0, 1),
                value.clip(0, 1),
            )[number]
            if number < 4
            else value * (1e9 if number == 4 else 4e9)
        )
        shown = (kind >= 5) if number == 4 else np.ones(len(session), dtype=bool)
        raw = (
            np.round(value * 1e4).astype(np.int64)
            if number < 4
            else np.round(value).astype(np.int64) * 10_000
        )
        rows = pl.Series(np.flatnonzero(shown))
        part = pl.DataFrame(
            {
                "time": setting.times(at),
                "metric": pl.Series([metric]).new_from_index(0, len(at)),
                "value": exact(raw, 4),
                "instance_id": ids.gather(pl.Series(session)),
                "gpu_model": words(GPUS, kind),
            }
        )
        parts.append(part[rows])
    return pl.concat(parts).sort("time", "instance_id", "metric", maintain_order=True)
