"""Links between parties as arrays: parties are numbers in the order of their keys."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from detector.policy.owners.shares import linked

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Holder(NamedTuple):
    """An owner and the bounds of its share."""

    owner: int
    low: int
    high: int
    low_open: bool
    high_open: bool


@dataclass(frozen=True)
class Graph:
    """Links, sorted by owner, then owned; none of them from a party to itself.

    Attributes
    ----------
    parties
        Keys of the parties, sorted.
    owner, owned, low, low_open, high, high_open, unknown
        Of each link.
    least, least_open
        Of each party: the least shares of its owners, summed, and how many of them are open;
        what it holds of itself is among them.
    refused
        Of each party: whether its shares contradict each other.
    """

    parties: pl.Series
    owner: Ints
    owned: Ints
    low: Ints
    low_open: Flags
    high: Ints
    high_open: Flags
    unknown: Flags
    least: Ints
    least_open: Ints
    refused: Flags

    @cached_property
    def starts(self) -> Ints:
        """Where the links of each owner begin, and where the last one's end."""
        return np.searchsorted(self.owner, np.arange(len(self.parties) + 1)).astype(np.int64)

    @cached_property
    def _held(self) -> tuple[memoryview, list[memoryview]]:
        """Where the links of each owned party begin, and what a ``Holder`` says of each."""
        order = np.argsort(self.owned, kind="stable")
        ends = np.searchsorted(self.owned[order], np.arange(len(self.parties) + 1))
        columns = (self.owner, self.low, self.high, self.low_open, self.high_open)
        return ends.data, [column[order].data for column in columns]

    def holders(self, party: int) -> list[Holder]:
        """Who holds shares of a party, in the order of owners."""
        ends, columns = self._held
        links = slice(ends[party], ends[party + 1])
        return [Holder(*held) for held in zip(*(column[links] for column in columns), strict=True)]

    def numbers(self, keys: pl.Series) -> Ints:
        """The numbers of those keys that are parties here, in their order."""
        return np.flatnonzero(self.parties.is_in(keys.implode()).to_numpy()).astype(np.int64)


def graph_of(rows: pl.DataFrame) -> Graph:
    """Make a graph of rows with ``owned``, ``owner`` and the contract's columns of shares."""
    parties = pl.concat([rows["owned"], rows["owner"]]).unique().sort().alias("party")
    known = pl.Enum(parties)
    coded = linked(rows.with_columns(pl.col("owned", "owner").cast(known).to_physical()))
    coded = coded.with_columns(pl.col("owned", "owner").cast(pl.Int64))
    size = len(parties)
    owned = coded["owned"].to_numpy()
    refused = np.zeros(size, dtype=np.bool_)
    refused[owned[coded["refused"].to_numpy()]] = True
    between = coded.filter(pl.col("owned") != pl.col("owner"))
    return Graph(
        parties,
        owner=between["owner"].to_numpy(),
        owned=between["owned"].to_numpy(),
        low=between["low"].to_numpy(),
        low_open=between["low_open"].to_numpy(),
        high=between["high"].to_numpy(),
        high_open=between["high_open"].to_numpy(),
        unknown=between["unknown"].to_numpy(),
        least=added(size, owned, coded["low"].to_numpy()),
        least_open=added(size, owned, coded["low_open"].cast(pl.Int64).to_numpy()),
        refused=refused,
    )


def added(size: int, places: Ints, values: Ints) -> Ints:
    """Sums of integers by place, exact in every order."""
    sums = np.zeros(size, dtype=np.int64)
    np.add.at(sums, places, values)
    return sums
