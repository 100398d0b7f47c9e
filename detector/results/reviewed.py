"""A run as its pages are made from it: whole for whoever is reviewed, a number for the others.

Of a run of a million accounts, reasons and features of those in a queue, and of the rings they
are in, are what people read. Of everybody else there is what fills one line of a table.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

import polars as pl

from detector.results.folder import (
    Results,
    read_followups,
    read_holders,
    read_week,
    refuse_incomplete,
    scan_leads,
    scan_policy,
    scan_scores,
)
from detector.results.lawqueue import ASKING, SILENCED
from detector.results.leadqueue import LEAD, UNATTACHED
from detector.results.run import read_run
from detector.results.tables import SCORES_SCHEMA
from detector.results.unshown import unshown

_HEAVY: Final = tuple(name for name, dtype in SCORES_SCHEMA.items() if dtype.is_nested())


def read_reviewed(out: Path | str, also: Collection[str] = ()) -> Results:
    """Read a published run for those who are reviewed, and some accounts and rings by name.

    All accounts have their row in the scores; reasons and other lists are null for whoever is
    neither in a queue, nor in a ring with somebody who is, nor named. Features, time lines,
    rings, rows of lane L, notices, facts, names and identifiers are those of the same accounts;
    of others, lane L's rows that ask for a look or that a decision silenced, leads, and notices
    of no account.

    Raises
    ------
    DataError
        Where the folder is not a run of ``enduse score``.
    """
    folder = Path(out)
    refuse_incomplete(folder)
    scan = {name: pl.scan_parquet(folder / f"{name}.parquet", glob=False)
            for name in ("rings", "features", "timelines")}  # fmt: skip
    scan["scores"] = scan_scores(folder)
    light = scan["scores"].drop(_HEAVY).collect()
    named = pl.any_horizontal(pl.col("account_id", "ring_id").is_in(sorted(also)))
    asked = (pl.col("queue") != "none") | named.fill_null(value=False)
    rings = light.filter(asked)["ring_id"].drop_nulls().unique()
    in_ring = pl.col("ring_id").is_in(rings.implode())
    ids = light.filter(asked | in_ring.fill_null(value=False))["account_id"]
    mine = pl.col("account_id").is_in(ids.implode())
    heavy = scan["scores"].filter(mine).select("account_id", *_HEAVY).collect()
    scores = light.join(heavy, on="account_id", how="left", maintain_order="left")
    return Results(
        scores=scores.select(list(SCORES_SCHEMA)),
        rings=scan["rings"].filter(in_ring).collect(),
        features=scan["features"].filter(mine).collect(),
        quarantine=pl.read_parquet(folder / "quarantine.parquet"),
        timelines=scan["timelines"].filter(mine).collect(),
        run=read_run(folder),
        followups=read_followups(folder),
        policy=scan_policy(folder).filter(mine | ASKING | SILENCED).collect(),
        leads=scan_leads(folder).filter(mine | LEAD | UNATTACHED).collect(),
        week=read_week(folder),
        unshown=unshown(scan["features"], scores.filter(asked)),
        **read_holders(folder, mine),
    )
