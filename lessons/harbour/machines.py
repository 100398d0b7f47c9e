"""Rented machines: leases on a grid of quarter hours, and their days."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from lessons.harbour.cast import Account
from lessons.harbour.stage import Stage, hexes, uniform

#: Instance type and dollars an hour.
PRICES: dict[str, str] = {
    "g4dn.xlarge": "0.526", "g5.xlarge": "1.006", "p3.2xlarge": "3.06", "g5.12xlarge": "5.672",
    "g6e.xlarge": "1.861", "p3.8xlarge": "12.24", "p4d.24xlarge": "32.7726",
    "p4de.24xlarge": "40.9657", "p5.48xlarge": "98.32",
}  # fmt: skip


@dataclass(frozen=True)
class Lease:
    """One machine from one quarter hour to another."""

    account: int
    begin: int
    end: int
    machine: str
    resource: str
    region: str

    @property
    def dollars(self) -> float:
        """What it costs at list price."""
        return (self.end - self.begin) / 4 * float(PRICES[self.machine])


def leases(stage: Stage, people: list[Account]) -> list[Lease]:
    """Draw all leases of a world, by account and time."""
    draw = stage.rng("machines")
    found: list[Lease] = []
    for i, one in enumerate(people):
        if draw.random() >= one.kind.gpu:
            continue
        low, high = int(np.ceil(one.begin * 4)), int(one.end * 4)
        if one.proxy:
            low = max(low, stage.drift * 4)
        span = high - low
        if span < 8:
            continue
        boost = (
            uniform(draw, stage.dials.boost)
            if one.proxy and stage.preset != "volume_matched"
            else 1
        )
        count = max(1, int(draw.poisson(one.kind.leases * max(span / 96 / 30, 0.3))))
        favourite = str(draw.choice(one.kind.machines))
        region = str(draw.choice(["eu-west", "us-east", "ap-south"]))
        if one.proxy and stage.preset == "poison":
            starts = low + span * np.sqrt(draw.random(count)) * 0.95
        else:
            starts = low + span * draw.random(count) * 0.95
        lengths = 4 * one.kind.lease_hours * boost * draw.lognormal(0, 0.7, count)
        names = hexes(draw, count)
        for k in np.argsort(starts):
            begin = int(starts[k])
            end = min(high, begin + max(1, int(lengths[k])))
            machine = favourite if draw.random() < 0.8 else str(draw.choice(one.kind.machines))
            found.append(Lease(i, begin, end, machine, f"i-{names[k][:17]}", region))
    return found


def rescaled(one: Account, mine: list[Lease], factor: float) -> list[Lease]:
    """Make leases longer or shorter by a factor, within the account's life."""
    high = int(one.end * 4)
    return [
        replace(x, end=min(high, x.begin + max(1, round((x.end - x.begin) * factor)))) for x in mine
    ]


def lease_days(found: list[Lease]) -> pl.DataFrame:
    """Split leases into days: account, day, machine, resource, region, quarters."""
    begin = np.array([x.begin for x in found], dtype=np.int64)
    end = np.array([x.end for x in found], dtype=np.int64)
    days = (end - 1) // 96 - begin // 96 + 1
    at = np.repeat(np.arange(len(found)), days)
    day = begin[at] // 96 + np.arange(len(at)) - np.repeat(np.cumsum(days) - days, days)
    quarters = np.minimum(end[at], (day + 1) * 96) - np.maximum(begin[at], day * 96)
    return pl.DataFrame(
        {
            "account": np.array([x.account for x in found], dtype=np.int64)[at],
            "day": day,
            "quarters": quarters,
            "machine": pl.Series([x.machine for x in found], dtype=pl.String).gather(at),
            "resource": pl.Series([x.resource for x in found], dtype=pl.String).gather(at),
            "region": pl.Series([x.region for x in found], dtype=pl.String).gather(at),
        }
    )
