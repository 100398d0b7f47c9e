"""F07, multi-tenancy: groups of keys, images and people inside one account that never meet.

Identifiers seen in one event or one call belong together; what hangs together forms a
community. One team with many keys is one community, many customers are many.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import numpy as np
import polars as pl

from features.declared import declarations, undeclared
from features.expressions import effective_number, ratio, share
from features.graph import smallest_member
from features.population import Population
from features.registry import Family, Reach
from features.rollups import Rollups

MACHINE_PAIRS = ["actor-ssh_key", "ssh_key-image"]
# Without people: where one program starts the machines of all customers, it is in every group.
TOOL_PAIRS = ["ssh_key-image"]
KEY_PAIRS = ["api_key-client", "api_key-end_user"]
# A key first seen within this time before as-of may live on.
SETTLED: Final = timedelta(days=1)
KEY_CHANGES = ["CreateAccessKey", "DeleteAccessKey", "CreateKeyPair", "ImportKeyPair"]


def base(population: Population) -> pl.DataFrame:
    """Communities, keys and people of each account, and what it declares."""
    rollups = population.rollups
    together = rollups.window("together")
    machines = communities(together.filter(pl.col("kind").is_in(MACHINE_PAIRS)))
    tools = communities(together.filter(pl.col("kind").is_in(TOOL_PAIRS)))
    keys = communities(together.filter(pl.col("kind").is_in(KEY_PAIRS)))
    parts = [
        _diversity(machines, "machine"), _diversity(tools, "tool"), _diversity(keys, "key"),
        _values(rollups), _handed_out(rollups), _key_changes(rollups),
    ]  # fmt: skip
    ids = pl.concat([part.select("account_id") for part in parts]).unique().sort("account_id")
    for part in (*parts, declarations(rollups)):
        ids = ids.join(part, on="account_id", how="left", maintain_order="left")
    return ids


def communities(pairs: pl.DataFrame) -> pl.DataFrame:
    """Connected components of identifiers inside each account.

    Returns
    -------
    pl.DataFrame
        ``account_id``, ``n`` (rows seen in one community): one row per community.
    """
    if pairs.is_empty():
        return pl.DataFrame(schema={"account_id": pl.String, "n": pl.Int64})
    kinds = pl.col("kind").str.split("-")
    left = pl.struct("account_id", kinds.list.get(0).alias("kind"), pl.col("a").alias("value"))
    right = pl.struct("account_id", kinds.list.get(1).alias("kind"), pl.col("b").alias("value"))
    nodes = pl.concat([pairs.select(left.alias("node")), pairs.select(right.alias("node"))])
    codes = nodes["node"].rank("dense").to_numpy().astype(np.int32) - 1
    left_ends, right_ends = codes[: pairs.height], codes[pairs.height :]
    first = smallest_member(left_ends, right_ends, int(codes.max()) + 1)
    return (
        pairs.select("account_id", "n")
        .with_columns(community=pl.Series(first[left_ends]))
        .group_by("account_id", "community")
        .agg(pl.col("n").sum())
        .sort("account_id", "n")
        .select("account_id", "n")
    )


def _diversity(found: pl.DataFrame, name: str) -> pl.DataFrame:
    return found.group_by("account_id", maintain_order=True).agg(
        effective_number("n").alias(f"{name}_communities")
    )


def _lives(rollups: Rollups) -> tuple[pl.Expr, pl.Expr]:
    """Whether something is known for long enough to be judged, and whether it lived briefly."""
    brief = (pl.col("last") - pl.col("first")).dt.total_seconds() < SETTLED.total_seconds()
    return pl.col("first") < pl.lit(rollups.as_of - SETTLED), brief


def key_lives(rollups: Rollups) -> pl.DataFrame:
    """SSH keys of accounts: ``account_id``, and whether each is ``settled`` and ``brief``."""
    settled, brief = _lives(rollups)
    keys = rollups.window("distinct", rows=pl.col("kind") == "ssh_key")
    return keys.select("account_id", settled=settled, brief=brief)


def _values(rollups: Rollups) -> pl.DataFrame:
    """Distinct keys, images and people, and keys that lived less than a day."""
    rows = rollups.window("distinct")
    settled, brief = _lives(rollups)
    ssh = (pl.col("kind") == "ssh_key") & settled

    def of(kind: str) -> pl.Expr:
        return (pl.col("kind") == kind).sum().cast(pl.Int64)

    return rows.group_by("account_id").agg(
        of("ssh_key").alias("ssh_keys"),
        of("image").alias("images"),
        of("actor").alias("actors"),
        ssh.sum().cast(pl.Int64).alias("settled_keys"),
        (ssh & brief).sum().cast(pl.Int64).alias("brief_keys"),
    )


def _handed_out(rollups: Rollups) -> pl.DataFrame:
    """The most different devices behind one person's name."""
    pairs = rollups.window("together", rows=pl.col("kind") == "actor-device")
    each = pairs.group_by("account_id", "a").agg(pl.len().cast(pl.Int64).alias("devices"))
    return each.group_by("account_id").agg(pl.col("devices").max())


def _key_changes(rollups: Rollups) -> pl.DataFrame:
    rows = rollups.window("events", rows=pl.col("operation").is_in(KEY_CHANGES))
    return rows.group_by("account_id").agg(pl.col("n").sum().alias("key_changes"))


FAMILY = Family("F07", base, Reach.OWN, settled=SETTLED)
_EVENTS = ("events", "accounts")
_MODEL = ("model_usage", "accounts")
_TENANTS = ("T17", "T20")


@FAMILY.feature(unit="log(communities)", direction=1, inputs=_EVENTS, typologies=_TENANTS)
def f07_machine_communities() -> pl.Expr:
    """Groups of SSH keys, images and people inside the account that never meet."""
    groups = pl.col("machine_communities").clip(lower_bound=1).log()
    return undeclared(groups, "declares", "many_people")


@FAMILY.feature(unit="log(communities)", direction=1, inputs=_EVENTS, typologies=_TENANTS)
def f07_tool_communities() -> pl.Expr:
    """SSH keys inside the account that share no machine image."""
    groups = pl.col("tool_communities").clip(lower_bound=1).log()
    return undeclared(groups, "declares", "many_people")


@FAMILY.feature(unit="log(communities)", direction=1, inputs=_MODEL, typologies=("T04", "T20"))
def f07_key_communities() -> pl.Expr:
    """API keys inside the account that share no client and no end user."""
    groups = pl.col("key_communities").clip(lower_bound=1).log()
    return undeclared(groups, "declares", "many_people")


@FAMILY.feature(unit="log(1+keys)", direction=1, inputs=_EVENTS, typologies=_TENANTS)
def f07_keys_per_person() -> pl.Expr:
    """More SSH keys than people who act for the account."""
    spare = ratio("ssh_keys", pl.col("actors").clip(lower_bound=1)) - 1.0
    return undeclared(spare.clip(lower_bound=0).log1p(), "declares", "many_people")


@FAMILY.feature(unit="log(1+images)", direction=1, inputs=_EVENTS, typologies=_TENANTS)
def f07_images_per_person() -> pl.Expr:
    """More machine images than people who act for the account."""
    spare = ratio("images", pl.col("actors").clip(lower_bound=1)) - 1.0
    return undeclared(spare.clip(lower_bound=0).log1p(), "declares", "many_people")


@FAMILY.feature(unit="share", direction=1, inputs=_EVENTS, typologies=("T20",), bounds=(0, 1))
def f07_brief_keys() -> pl.Expr:
    """Share of SSH keys that were in use for less than a day."""
    several = pl.col("settled_keys") >= 3
    brief = pl.when(several).then(share("brief_keys", "settled_keys"))
    return undeclared(brief, "declares", "many_people")


@FAMILY.feature(unit="log(devices)", direction=1, inputs=_EVENTS, typologies=("T05", "T20"))
def f07_devices_per_person() -> pl.Expr:
    """One person's name used on many devices."""
    devices = pl.col("devices").clip(lower_bound=1).cast(pl.Float64).log()
    return undeclared(devices, "declares", "many_people")


@FAMILY.feature(unit="log(1+keys)", direction=1, inputs=_EVENTS, typologies=("T05", "T20"))
def f07_key_turnover() -> pl.Expr:
    """Keys are made and thrown away again and again."""
    return undeclared(pl.col("key_changes").log1p(), "declares", "many_people")
