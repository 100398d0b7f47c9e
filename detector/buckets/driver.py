"""What is made of all buckets together: facts for each of them, then one table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.buckets.boxes import Box, Boxes, Frames, split
from detector.buckets.devices import split_inventory
from detector.buckets.kept import kept
from detector.buckets.measuring import SEEN, TABLE, Measuring
from detector.buckets.merging import LANDMARKS, PAYERS
from detector.buckets.pieces import Shared
from detector.buckets.shared import PIECEWISE, SHARED, WITNESS, carriers, together
from detector.pipeline.prepare import columns_in, fill, nothing_told
from features.blocks import Blocks, of_each
from features.build import REGISTRY, columns_of
from features.catalogue import Catalogue
from features.landmarks import Landmarks
from features.ordering import taken
from features.peers import PEER_COLUMNS
from features.population import Population
from features.rollups import Parts, complete, merge
from features.tables import SCHEMAS, names
from features.totals import TOTAL_COLUMNS

# Never dealt out: a row for each account or device, and every bucket asks for them.
HERE: Final = names(lambda table: table.here)


def rolled_here(table: str, parts: Iterable[Parts]) -> Parts:
    """The rollups of a table that is not dealt out; empty where there is nothing of it."""
    return merge(parts) or {table: SCHEMAS[table].create_empty()}


def for_buckets(here: Parts, buckets: int) -> Iterator[Box]:
    """The tables that are not dealt out, by the buckets that read them."""
    yield from split({k: v for k, v in here.items() if k != "inventory"}, buckets)
    yield from split_inventory(here["inventory"], buckets)


def tell(
    facts: Boxes, present: Iterable[str], as_of: datetime, catalogue: Catalogue, buckets: int
) -> Measuring:
    """What every bucket must know, from what each of them found."""
    pairs = [box.open() for box in facts.named(PAYERS)]
    seen = [box.open() for box in facts.named(LANDMARKS)]
    return Measuring(
        frozenset(present), as_of, catalogue, buckets,
        carrying=carriers(pl.concat(pairs)), witness=Landmarks.earliest(seen).rows(WITNESS),
    )  # fmt: skip


def shared_population(found: Boxes, here: Parts, told: Measuring) -> Population:
    """The accounts of all buckets, as far as the families that compare them read their rows."""
    held = {name.removeprefix(SHARED) for name in found.names() if name.startswith(SHARED)}
    sent = {name: _together(found, name) for name in sorted(held - PIECEWISE)}
    rollups = complete({**sent, **here}, told.present, told.as_of, told.catalogue)
    frames = dict(rollups.frames)
    empty = {name: frames.pop(name) for name in PIECEWISE}
    elsewhere = Shared(found, told.buckets, empty)
    return Population.of(replace(rollups, frames=frames, elsewhere=elsewhere), kept)


def _together(found: Boxes, rollup: str) -> pl.DataFrame:
    """A rollup of all buckets: no two have rows of one account, so there is nothing to add up."""
    return merge({rollup: box.open()} for box in found.named(SHARED + rollup))[rollup]


def seen_of(found: Boxes) -> Blocks:
    """How much of what features count each account has (``detector.findings.seen``)."""
    return Blocks(Frames(found, SEEN))


@dataclass(frozen=True)
class Measured:
    """What families tell of all accounts, in their order: a table, and its numbers as an array.

    ``values`` is (accounts, features), NaN for missing; the columns of ``table`` read it.
    ``peers`` are (accounts, 3) codes.
    """

    table: pl.DataFrame
    values: NDArray[np.float64]
    peers: NDArray[np.int64]


def one_table(found: Boxes, population: Population) -> Measured:
    """The feature table of all families, and the peers.

    What buckets found is put straight into the array, one bucket after the other.
    """
    beside = ["account_id", *TOTAL_COLUMNS, *PEER_COLUMNS]
    tables = Blocks(Frames(found, TABLE))
    own = of_each(tables, lambda table: table.select(beside))
    order = own["account_id"].arg_sort()
    at = np.empty(own.height, dtype=np.int64)
    at[order.to_numpy()] = np.arange(own.height)
    names, row = REGISTRY.names(), 0
    values = nothing_told(own.height, names)
    for table in tables:
        fill(values, names, table, at[row : row + table.height])
        row += table.height
    own = taken(own.get_columns(), order)
    ids = own.select("account_id")
    fill(values, names, columns_of(population, ids, together()))
    numbers = pl.DataFrame(columns_in(values, names))
    return Measured(
        ids.hstack(numbers).hstack(own.select(TOTAL_COLUMNS)), values,
        own.select(PEER_COLUMNS).to_numpy().astype(np.int64),
    )  # fmt: skip
