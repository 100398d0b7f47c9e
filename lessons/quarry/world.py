"""One world from beginning to end: draw, plant, run the meters, write the books."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from lessons.quarry import calls, channel, money, others, papers, people, plant, seen
from lessons.quarry.state import ACCOUNT, RANGES, STREAM, World, hashes

PRESETS = ("standard", "clean", "volume_matched", "no_access", "poison")


def make_world(
    preset: str, accounts: int, days: int, seed: int, out: Path, *, ranges: str = "train"
) -> Path:
    """Write a log folder and the truth beside it, and return the truth's path."""
    if preset not in PRESETS:
        raise ValueError(f"preset is {preset!r}; expected one of {', '.join(PRESETS)}")
    if ranges not in RANGES:
        raise ValueError(f"ranges is {ranges!r}; expected one of {', '.join(RANGES)}")
    if accounts < 60 or days < 10:
        raise ValueError(f"{accounts} accounts, {days} days; expected 60 and 10 or more of them")
    world = _empty(preset, days, seed, ranges)
    _people(world, accounts)
    ids = pl.Series([f"qa-{h}" for h in hashes(world, "account", np.arange(accounts))])
    tables = _tables(world, ids)
    out.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.write_parquet(out / f"{name}.parquet")
    truth = out.with_name(out.name + ".truth.parquet")
    _truth(world, ids).write_parquet(truth)
    return truth


def _empty(preset: str, days: int, seed: int, ranges: str) -> World:
    """Return a world with its dials turned, and nobody in it yet."""
    rng = np.random.default_rng([seed, PRESETS.index(preset), list(RANGES).index(ranges)])
    dial = {name: float(rng.uniform(low, high)) for name, (low, high) in RANGES[ranges].items()}
    month = int(rng.integers(0, 10))
    start = datetime(2025 + month // 12, 1 + month % 12, 1, tzinfo=UTC)
    release = (float(rng.uniform(0.2, 0.5) * days), float(rng.uniform(0.4, 0.75) * days))
    salt = int(rng.integers(2**62))
    return World(
        preset, days, start, dial, rng, salt, release, np.zeros(0, ACCOUNT), np.zeros(0, STREAM)
    )


def _people(world: World, accounts: int) -> None:
    """Fill the world: everybody's everyday, then what is planted, then what the preset asks."""
    channel.roster(world, accounts)
    people.lives(world)
    people.everyday(world)
    others.innocents(world)
    if world.preset != "clean":
        plant.proxies(world)
        others.victims(world)
        others.abuse(world)
    if world.preset == "volume_matched":
        others.matched(world)
    if world.preset == "no_access":
        others.denied(world)
    others.judged(world)
    rows, acc = world.streams, world.streams["acc"]
    closed = np.where(np.isnan(world.acc["closed"]), world.days, world.acc["closed"])
    seen = world.acc["kyc_at"] < np.minimum(closed, world.days)
    world.acc["kyc"] = np.where(
        np.isin(world.acc["kyc"], ("verified", "expired")) & ~seen, "pending", world.acc["kyc"]
    )
    world.acc["kyc_at"] = np.where(seen, world.acc["kyc_at"], np.nan)
    rows["last"] = np.minimum(np.minimum(rows["last"], world.days), closed[acc])
    rows["first"] = np.minimum(
        np.maximum(rows["first"], np.maximum(world.acc["created"][acc], 0)), rows["last"]
    )


def _tables(world: World, ids: pl.Series) -> dict[str, pl.DataFrame]:
    """Return every table of the log folder by its name."""
    level = calls.levels(world)
    hours, called = calls.machines(world, level), calls.model_calls(world, level)
    used = money.charges(world, hours, called)
    paid = money.payments(world, used)
    noted = seen.events(world)
    linked = seen.links(world, noted, paid)
    usage = used.with_columns(BillingAccountId=ids[used["payer"]], SubAccountId=ids[used["acc"]])
    tables = {"accounts": papers.accounts(world, ids), "usage": usage.drop("payer", "day")}
    tables |= {
        "model_usage": calls.usage_of_models(world, called),
        "payments": paid,
        "events": noted,
        "account_links": linked,
    }
    tables |= {"partners": papers.partners(world), "labels": papers.labels(world, ids)}
    tables |= {"partner_customers": papers.customers(world, ids), "fx": papers.fx(world)}
    tables |= {"account_owners": papers.owners(world, ids)}
    tables |= {"exceptions": papers.exceptions(world, ids)}
    for name in ("usage", "model_usage", "payments", "events", "account_links"):
        table = tables[name]
        tables[name] = table.with_columns(account_id=ids[table["acc"]]).drop("acc")
    tables["usage"] = tables["usage"].drop("account_id")
    tables["model_usage"] = tables["model_usage"].sort("start", "key_hash", "model_id")
    return tables


def _truth(world: World, ids: pl.Series) -> pl.DataFrame:
    """Return what was planted: role, typology, ring and archetype of each account."""
    rows = world.acc
    rings = hashes(world, "ring", rows["ring"])
    return pl.DataFrame(
        {
            "account_id": ids,
            "is_proxy": rows["role"] == "proxy",
            "role": rows["role"].tolist(),
            "typology": pl.Series([t or None for t in rows["typology"].tolist()], dtype=pl.String),
            "ring_id": pl.Series(rings, dtype=pl.String),
            "archetype": rows["kind"].tolist(),
        },
        strict=False,
    ).sort("account_id")
