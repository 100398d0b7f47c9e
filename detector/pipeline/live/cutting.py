"""Rollups of some accounts, in the order that a batch has them in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
import polars as pl

from features.ordering import taken
from features.rollups import Parts, Rollups
from features.shapes import SHAPES
from features.ties import Ids, of


@dataclass(frozen=True)
class Scope:
    """Accounts whose features are computed, and accounts whose rows are read for that.

    None is everybody. ``beside`` are rollups as they are read, where that is not the rows of
    these accounts, and ``pairs`` and ``moves`` what is read of ties, where that is not all.
    """

    reached: Ids | None
    read: Ids | None
    beside: Parts = field(default_factory=dict)
    pairs: pl.DataFrame | None = None
    moves: pl.DataFrame | None = None


class _Cut(Mapping[str, pl.DataFrame]):
    """Rollups of some accounts, each taken out of those of all when it is first read."""

    def __init__(self, frames: Parts, ids: Ids, beside: Parts) -> None:
        self._frames, self._ids, self._beside = frames, ids, beside
        self._found: dict[str, pl.DataFrame] = {}

    def __getitem__(self, name: str) -> pl.DataFrame:
        if name not in self._found:
            beside = self._beside.get(name)
            rows = of(self._frames[name], self._ids) if beside is None else beside
            self._found[name] = in_order(name, rows)
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)


def restricted(rollups: Rollups, ids: Ids, beside: Parts = MappingProxyType({})) -> Rollups:
    """The rows of some accounts, in the order that a batch has them in.

    Rollups that stand in ``beside`` have other rows: these.
    """
    return replace(rollups, frames=_Cut(rollups.frames, ids, beside))


def in_order(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """A rollup's rows in the order of its keys.

    An account's rows stand together and sorted where few were added up: accounts are then put in
    order as they are, and no row is compared with another.
    """
    accounts = frame["account_id"] if name in SHAPES else None
    if accounts is None or accounts.is_sorted():
        return frame
    begins = accounts.ne_missing(accounts.shift(1)).to_numpy().copy()
    begins[0] = True
    firsts = np.flatnonzero(begins)
    owners = accounts.gather(firsts)
    if owners.n_unique() < len(owners):
        return SHAPES[name].sort(frame)
    order = owners.arg_sort(nulls_last=False).to_numpy()
    sizes = np.diff(np.append(firsts, len(accounts)))[order]
    shifts = firsts[order] - (np.cumsum(sizes) - sizes)
    places = np.repeat(shifts, sizes) + np.arange(len(accounts))
    return taken(frame.get_columns(), pl.Series(places, dtype=pl.get_index_type()))
