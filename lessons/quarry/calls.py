"""Levels of use by day, machine-hours and model calls: what the meters of the provider read."""

from __future__ import annotations

import numpy as np
import polars as pl

from lessons.quarry.kinds import MODEL_NAMES, NEW
from lessons.quarry.state import Flags, Floats, Ints, Table, World, hashes, periods


def levels(world: World) -> Floats:
    """Return how busy each stream is on each day: growth, ramps, demand that moves in a pool."""
    rows, day = world.streams, np.arange(world.days)[None, :]
    since = np.maximum(day - rows["first"][:, None], 0)
    level: Floats = np.exp(np.clip(rows["slope"], -0.6, 0.8)[:, None] * since / 60)
    ramp = np.maximum(rows["ramp"], 1e-9)[:, None]
    level *= np.where(rows["ramp"][:, None] > 0, np.clip((since + 1) / ramp, 0, 1), 1)
    for pool in world.pools:
        cold = world.rng.random((len(pool), world.days)) < world.dial["cool"]
        weight = np.where(cold, 0.2, 1.0) * (rows["first"][pool][:, None] <= day + 1)
        share = weight * len(pool) / np.maximum(weight.sum(axis=0), 1e-9)
        level[pool] *= np.minimum(share, 2.5)
    return level


def working(world: World) -> tuple[Ints, Ints, Floats]:
    """Return stream, day and share of the day for each day on which a stream is there."""
    rows = world.streams
    day = np.arange(world.days)[None, :]
    share = np.clip(
        np.minimum(rows["last"][:, None], day + 1) - np.maximum(rows["first"][:, None], day), 0, 1
    )
    stream, at = np.nonzero(share > 0.02)
    return stream.astype(np.int64), at.astype(np.int64), share[stream, at]


def weekend(world: World, day: Ints) -> Flags:
    """Return whether each day is a Saturday or a Sunday."""
    return (world.start.weekday() + day) % 7 >= 5


def machines(world: World, level: Floats) -> pl.DataFrame:
    """Return hundredths of machine-hours by stream, day and SKU; a machine has 24 hours a day."""
    rng, rows = world.rng, world.streams
    stream, day, share = working(world)
    row = rows[stream]
    rest = np.where(weekend(world, day), row["weekend"], 1.0)
    busy = level[stream, day] * rest * np.exp(rng.normal(0, 1, len(stream)) * row["noise"])
    on = (rng.random(len(stream)) < row["duty"]) & (row["gpu"] >= 0) & ~row["vain"]
    fleet = np.maximum(1, np.ceil(row["hours"] / 20)) * 24
    gpu = np.where(on, np.minimum(row["hours"] * busy, fleet) * share, 0)
    count = np.ceil(row["cpu"])
    cpu = np.minimum(24 * count, 24 * row["cpu"] * (0.75 + 0.25 * np.minimum(rest, 1))) * share
    cpu *= (rng.random(len(stream)) < row["duty"]) | (row["duty"] > 0.3)
    frames = []
    for what, hours, sku in (("cpu", cpu, row["cpu_sku"]), ("gpu", gpu, row["gpu"])):
        hundredths = np.round(hours * 100).astype(np.int64)
        keep = hundredths > 0
        frames.append(
            pl.DataFrame(
                {
                    "stream": stream[keep],
                    "day": day[keep],
                    "sku": sku[keep],
                    "quantity": hundredths[keep],
                }
            ).with_columns(what=pl.lit(what))
        )
    return pl.concat(frames)


def _adopted(world: World, row: Table, day: Ints) -> Ints:
    """Return the model of each row: after a release most calls of who follows go to the new one."""
    model: Ints = row["model"].copy()
    for release, new, old in zip(world.release, NEW, ((0, 2), (3, 4)), strict=True):
        follows = (row["pivot"] >= 0) & (day >= np.ceil(release + row["pivot"]))
        fit = follows & np.isin(row["model"], old) & (world.rng.random(len(day)) < 0.65)
        model = np.where(fit, new, model)
    return model


def model_calls(world: World, level: Floats) -> pl.DataFrame:
    """Return calls and tokens by stream, key, day and model."""
    rng = world.rng
    stream, day, share = working(world)
    keep = (world.streams["model"][stream] >= 0) & ~world.streams["vain"][stream]
    stream, day, share = stream[keep], day[keep], share[keep]
    split = np.clip(world.streams["keys"][stream], 1, 4)
    key = np.concatenate([np.arange(n) for n in split]) if len(split) else np.zeros(0, np.int64)
    stream, day, share, part = (np.repeat(a, split) for a in (stream, day, share, 1 / split))
    row = world.streams[stream]
    rest = np.where(weekend(world, day), row["rest"], 1.0)
    noise = np.exp(rng.normal(0, 1, len(stream)) * row["noise"])
    requests = rng.poisson(row["calls"] * level[stream, day] * rest * noise * share * part)
    model = _adopted(world, row, day)
    tin = np.round(requests * row["tin"] * np.exp(rng.normal(0, 0.15, len(stream)))).astype(
        np.int64
    )
    tout = np.round(requests * row["tout"] * np.exp(rng.normal(0, 0.15, len(stream)))).astype(
        np.int64
    )
    cached = np.round(tin * np.clip(rng.beta(1.2, 4, len(stream)), 0, 0.8)).astype(np.int64)
    limited = rng.binomial(requests, np.clip(rng.beta(0.4, 30, len(stream)), 0, 1))
    user = np.where(
        row["users"] > 0, row["acc"] * 100_000 + rng.integers(0, np.maximum(row["users"], 1)), -1
    )
    frame = pl.DataFrame(
        {
            "stream": stream,
            "acc": row["acc"],
            "day": day,
            "model": model,
            "key": row["base"] * 16 + key,
            "user": user,
            "requests": requests,
            "tin": tin,
            "tout": tout,
            "cached": cached,
            "limited": limited,
            "refused": rng.binomial(requests, 0.004),
            "client": row["client"],
            "region": row["region"],
            "sketch": row["sketch"],
            "alike": row["alike"],
        }
    )
    return frame.filter(pl.col("requests") > 0)


def sketches(world: World, frame: pl.DataFrame) -> pl.Series:
    """Return 32 MinHash values for a third of the rows: the template's where it repeats."""
    rng, n = world.rng, frame.height
    chosen = np.flatnonzero(rng.random(n) < 0.33)
    ids = frame["sketch"].to_numpy()[chosen]
    known, which = np.unique(ids, return_inverse=True)
    bases = np.stack(
        [
            np.random.default_rng([world.salt, int(i)]).integers(0, 2**64, 32, dtype=np.uint64)
            for i in known
        ]
    )
    fresh = rng.integers(0, 2**64, (len(chosen), 32), dtype=np.uint64)
    same = rng.random((len(chosen), 32)) < frame["alike"].to_numpy()[chosen][:, None]
    values = pl.DataFrame({"row": chosen, "template_sketch": np.where(same, bases[which], fresh)})
    values = values.with_columns(pl.col("template_sketch").arr.to_list())
    rows = pl.DataFrame({"row": np.arange(n)})
    return rows.join(values, on="row", how="left", maintain_order="left")["template_sketch"]


def usage_of_models(world: World, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the model_usage table: one row a day, key and model, in no order that tells."""
    begin, end = periods(world, frame["acc"].to_numpy(), frame["day"].to_numpy())
    regions = pl.Series(REGIONS)
    return pl.DataFrame(
        {
            "start": begin,
            "end": end,
            "acc": frame["acc"],
            "model_id": pl.Series(MODEL_NAMES)[frame["model"].to_numpy()],
            "requests": frame["requests"],
            "input_tokens": frame["tin"],
            "output_tokens": frame["tout"],
            "region": regions[frame["region"].to_numpy()],
            "key_hash": hashes(world, "key", frame["key"].to_numpy()),
            "end_user_hash": hashes(world, "user", frame["user"].to_numpy()),
            "cached_tokens": frame["cached"],
            "rate_limited_requests": frame["limited"],
            "refused_requests": frame["refused"],
            "client_hash": hashes(world, "client", frame["client"].to_numpy()),
            "template_sketch": sketches(world, frame),
        },
        strict=False,
    )


REGIONS = (
    "eastus",
    "westeurope",
    "southeastasia",
    "japaneast",
    "westus3",
    "northeurope",
    "australiaeast",
)
