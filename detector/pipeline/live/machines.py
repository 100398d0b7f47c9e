"""Whose features change with meters that name no account, and which meters are read for that."""

from __future__ import annotations

import polars as pl

from detector.pipeline.live.cutting import Scope
from features.devices import DEVICE
from features.population import Population
from features.ties import Ids, company, holders, hosts, of, sharing, union

_NAMELESS = pl.col("account_id").is_null()


def by_machines(
    before: Population, now: Population, ids: Ids, devices: pl.DataFrame | None
) -> Scope:
    """Scope of what reads meters; nobody but ``ids`` has other rows than before.

    ``devices`` (``instance_id``, ``gpu_uuid``) have other rows that name no account; None is any.
    What hangs together with a device is felt, and read, together with it.
    """
    if devices is None:
        return Scope(None, None)
    was, known = hosts(before.rollups), hosts(now.rollups)
    then, ties = holders(before.rollups, was), holders(now.rollups, known)
    metered = known.join(devices, on=DEVICE, how="semi", nulls_equal=True)
    own = [company(held, ids) for held in (then, ties)]
    reached = union(*own, sharing(ties, metered.select(shared="machine")))
    read = company(ties, reached)
    machines = known.filter(pl.col("machine").is_in(of(ties, reached)["shared"].implode()))
    telemetry = now.rollups["telemetry"]
    mine = pl.col("account_id").is_in(reached["account_id"].implode())
    rows = [
        telemetry.filter(_NAMELESS).join(machines, on=DEVICE, how="semi", nulls_equal=True),
        telemetry.filter(mine),
    ]
    return Scope(reached, read, {"telemetry": pl.concat(rows)})
