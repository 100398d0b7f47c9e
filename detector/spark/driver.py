"""What the driver makes of the boxes that tasks send: facts for all buckets, then one table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

import polars as pl

from detector.spark.cargo import Box, split
from detector.spark.devices import split_inventory
from detector.spark.measuring import SEEN, SHARED, TABLE, Measuring
from detector.spark.merging import LANDMARKS, PAYERS
from detector.spark.session import EngineError
from detector.spark.shared import WITNESS, carriers, together
from features.build import REGISTRY, features_of
from features.catalogue import Catalogue
from features.landmarks import Landmarks
from features.peers import PEER_COLUMNS
from features.population import Population
from features.rollups import Parts, complete, merge, rollup
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
    seen = [box.open() for box in facts if box.name == LANDMARKS]
    return Measuring(
        frozenset(present), as_of, catalogue, buckets,
        carrying=carriers(pl.concat(pairs)), witness=Landmarks.earliest(seen).rows(WITNESS),
    )  # fmt: skip


def shared_population(boxes: Sequence[Box], here: Parts, told: Measuring) -> Population:
    """The accounts of all buckets, as far as the driver reads their rows."""
    sent = ({b.name.removeprefix(SHARED): b.open()} for b in boxes if b.name.startswith(SHARED))
    frames = {**merge(sent), **here}
    return Population.of(complete(frames, told.present, told.as_of, told.catalogue))


def seen_of(boxes: Sequence[Box]) -> pl.DataFrame:
    """How much of what features count each account has (``detector.findings.seen``)."""
    return pl.concat([box.open() for box in boxes if box.name == SEEN])


def one_table(boxes: Sequence[Box], population: Population) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The feature table of all families, and the peers, in the order of accounts.

    Raises
    ------
    EngineError
        If buckets and driver do not see the same accounts.
    """
    compared = features_of(population, together())
    own = pl.concat([box.open() for box in boxes if box.name == TABLE]).sort("account_id")
    if not own["account_id"].equals(compared["account_id"]):
        raise EngineError(
            f"the buckets hold {own.height} accounts and the driver {compared.height}; "
            "this is a fault of enduse: score with --engine local, and report it"
        )
    whole = compared.hstack(own.drop("account_id", *TOTAL_COLUMNS))
    table = whole.select("account_id", *REGISTRY.names(), *TOTAL_COLUMNS)
    return table, whole.select("account_id", *PEER_COLUMNS)
