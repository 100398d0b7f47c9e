"""What people do at accounts, as stream, day and operation: habits, first times, more."""

from __future__ import annotations

import numpy as np
import polars as pl

from lessons.quarry.kinds import PLACES
from lessons.quarry.state import Flags, Floats, Ints, World


def _often(world: World, rate: Floats) -> tuple[Ints, Floats]:
    """Draw moments of streams at a daily rate, in the waking hours of where its people are."""
    rng, rows = world.rng, world.streams
    count = rng.poisson(np.maximum(rate, 0) * np.maximum(rows["last"] - rows["first"], 0))
    stream = np.repeat(np.arange(len(rows)), count)
    row = rows[stream]
    day = rng.uniform(row["first"], row["last"])
    offsets = np.array(list(PLACES.values()))[row["place"]]
    hour = np.clip(rng.normal(14, 3.5, len(stream)), 0, 23.9) - offsets
    never_sleeps = np.where(row["model"] >= 0, np.clip(row["rest"], 0, 1), 0)
    awake = np.floor(day) + (hour % 24) / 24
    when = np.where(rng.random(len(stream)) < never_sleeps, day, awake)
    return stream, np.clip(when, row["first"], np.nextafter(row["last"], 0))


def _frame(stream: Ints, day: Floats, operation: str, good: Flags) -> pl.DataFrame:
    """Return events of one operation by streams."""
    frame = pl.DataFrame({"stream": stream, "day": day, "good": good})
    return frame.with_columns(operation=pl.lit(operation))


def _habits(world: World) -> list[pl.DataFrame]:
    """Return sign-ins, starts and ends of machines, and a sample of calls."""
    rng, rows, frames = world.rng, world.streams, []
    gpu, model = rows["gpu"] >= 0, rows["model"] >= 0
    rates = {
        "ConsoleLogin": (rows["logins"], 0.03),
        "AssumeRole": (np.where(rows["cpu"] > 3, 0.05, 0.01), 0.0),
        "RunInstances": (np.where(gpu, rows["churn"] * rows["duty"], 0), 0.05),
        "InvokeModel": (np.where(model, 0.3 + 0.03 * np.minimum(rows["ips"], 12), 0), 0.02),
    }
    for operation, (rate, fails) in rates.items():
        stream, day = _often(world, rate)
        vain = rows["vain"][stream] & (operation in ("RunInstances", "InvokeModel"))
        frames.append(_frame(stream, day, operation, (rng.random(len(day)) >= fails) & ~vain))
        if operation == "RunInstances":
            runs = rng.exponential(0.3 / np.maximum(rows["churn"][stream], 0.2))
            off = day + np.minimum(runs, 5)
            ends = (off < rows["last"][stream]) & ~vain
            good = np.ones(int(ends.sum()), bool)
            frames.append(_frame(stream[ends], off[ends], "TerminateInstances", good))
    return frames


def _first_times(world: World) -> list[pl.DataFrame]:
    """Return what is done once when a use begins, and what anybody may do once."""
    rng, rows, frames = world.rng, world.streams, []
    gpu, model = rows["gpu"] >= 0, rows["model"] >= 0
    alive = rows["last"] > rows["first"] + 0.05
    fresh = alive & ((rows["first"] > 0) | (rng.random(len(rows)) < 0.1))
    once = {
        "ImportKeyPair": (gpu & fresh, 1.0),
        "CreateAccessKey": (model & fresh, 0.8),
        "PutUseCaseForModelAccess": (model & fresh, 0.6),
        "ListFoundationModels": (model & fresh, 1.0),
        "GetFoundationModelAvailability": (model & fresh, 0.25),
        "RunInstances": (gpu & alive, 1.0),
        "RequestServiceQuotaIncrease": (gpu & fresh & rows["asks"], 1.0),
        "CreateCapacityReservation": (gpu & alive & (rows["hours"] > 12), 0.15),
        "DeleteModelInvocationLoggingConfiguration": (model & alive, 0.015),
        "CreateSupportCase": (alive, 0.06),
        "DeleteAccessKey": (alive, 0.06),
        "CreateUser": (alive, 0.05),
        "CreateImage": (alive & (rows["image"] >= 0), 0.12),
    }
    for operation, (fit, share) in once.items():
        at = np.flatnonzero(fit & (rng.random(len(rows)) < share))
        soon = rows["first"][at] + rng.exponential(0.15, len(at))
        fails = 0.25 if operation.startswith("Request") else 0.01
        good = ~rows["vain"][at] & (rng.random(len(at)) > fails)
        frames.append(_frame(at, np.minimum(soon, rows["last"][at] - 0.01), operation, good))
    return frames


def doings(world: World) -> pl.DataFrame:
    """Return all that happened while accounts were open, with the stream whose people did it."""
    first = np.unique(world.streams["acc"], return_index=True)[1]
    born = np.flatnonzero(world.acc["created"] >= 0)
    good = np.ones(len(born), bool)
    frames = [_frame(first[born], world.acc["created"][born], "CreateAccount", good)]
    moves = world.moves
    told = {
        "stream": [m.stream if m.stream >= 0 else int(first[m.acc]) for m in moves],
        "day": [m.day for m in moves],
        "good": [m.status == "success" for m in moves],
        "operation": [m.operation for m in moves],
    }
    raw = pl.concat([*frames, *_habits(world), *_first_times(world), pl.DataFrame(told)])
    acc, day = world.streams["acc"][raw["stream"].to_numpy()], raw["day"].to_numpy()
    shut = np.fmin(world.acc["closed"][acc], world.days) - 1e-4
    return raw.filter((day >= np.maximum(world.acc["created"][acc], 0)) & (day < shut))
