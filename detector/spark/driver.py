"""What the driver makes of the boxes that tasks send: facts for all buckets, then one table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

import polars as pl

from detector.spark.cargo import Box, split
from detector.spark.devices import split_inventory
from detector.spark.measuring import SHARED, TABLE, Measuring
from detector.spark.merging import FIRSTS, PAYERS
from detector.spark.session import EngineError
from detector.spark.shared import carriers, earliest, together, witnesses
from features.build import REGISTRY, feature_table, with_edges
from features.catalogue import Catalogue
from features.peers import PEER_COLUMNS
from features.rollups import Parts, Rollups, complete, merge, rollup
from features.tables import SCHEMAS, names
from features.totals import TOTAL_COLUMNS

# Read on the driver: a row for each account or device, and every bucket asks for them.
HERE: Final = names(lambda table: table.here)


def rolled_here(
    table: str, parts: Iterable[pl.DataFrame], as_of: datetime, catalogue: Catalogue
) -> Parts:
    """The rollups of a table that is read on the driver; empty where there is nothing of it."""
    found = merge(rollup(table, rows, as_of, catalogue) for rows in parts)
    return found or {table: SCHEMAS[table].create_empty()}


def for_buckets(here: Parts, buckets: int) -> Iterator[Box]:
    """The driver's tables, by the buckets that read them."""
    yield from split({k: v for k, v in here.items() if k != "inventory"}, buckets)
    yield from split_inventory(here["inventory"], buckets)


def tell(
    facts: Sequence[Box],
    present: Iterable[str],
    as_of: datetime,
    catalogue: Catalogue,
    buckets: int,
) -> Measuring:
    """What every bucket must know, from what each of them found."""
    pairs = [box.open() for box in facts if box.name == PAYERS]
    begun = [box.open() for box in facts if box.name == FIRSTS]
    return Measuring(
        frozenset(present), as_of, catalogue, buckets,
        carrying=carriers(pl.concat(pairs)), witness=witnesses(earliest(pl.concat(begun))),
    )  # fmt: skip


def shared_rollups(boxes: Sequence[Box], here: Parts, told: Measuring) -> Rollups:
    """The rollups of all buckets, as the driver reads them, with edges."""
    sent = ({b.name.removeprefix(SHARED): b.open()} for b in boxes if b.name != TABLE)
    frames = {**merge(sent), **here}
    return with_edges(complete(frames, told.present, told.as_of, told.catalogue))


def one_table(boxes: Sequence[Box], rollups: Rollups) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The feature table of all families, and the peers, in the order of accounts.

    Raises
    ------
    EngineError
        If buckets and driver do not see the same accounts.
    """
    compared = feature_table(rollups, together())
    own = pl.concat([box.open() for box in boxes if box.name == TABLE]).sort("account_id")
    if not own["account_id"].equals(compared["account_id"]):
        raise EngineError(
            f"the buckets hold {own.height} accounts and the driver {compared.height}; "
            "this is a fault of enduse: score with --engine local, and report it"
        )
    whole = compared.hstack(own.drop("account_id", *TOTAL_COLUMNS))
    table = whole.select("account_id", *REGISTRY.names(), *TOTAL_COLUMNS)
    return table, whole.select("account_id", *PEER_COLUMNS)
