"""Whose features change with an account's rows, and whose rows these features read.

A family says how far it reaches (``features.registry.Reach``). Where it compares accounts below
one payer, with one instrument or of one group, others' features change with an account's rows
(``reached``), and reading them right needs the rows of everybody that they are compared with
(``read``). What compares everybody with everybody is computed for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from features.build import REGISTRY
from features.ordering import taken
from features.population import Population
from features.registry import Reach
from features.rollups import Rollups
from features.shapes import SHAPES
from features.ties import TIES, Ids, by_group, company, of, sharing, union


@dataclass(frozen=True)
class Scope:
    """Accounts whose features are computed, and accounts whose rows are read for that.

    None is everybody.
    """

    reached: Ids | None
    read: Ids | None


class _Cut(Mapping[str, pl.DataFrame]):
    """Rollups of some accounts, each taken out of those of all when it is first read."""

    def __init__(self, frames: Mapping[str, pl.DataFrame], ids: Ids) -> None:
        self._frames, self._ids = frames, ids
        self._found: dict[str, pl.DataFrame] = {}

    def __getitem__(self, name: str) -> pl.DataFrame:
        if name not in self._found:
            self._found[name] = in_order(name, of(self._frames[name], self._ids))
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)


def restricted(rollups: Rollups, ids: Ids) -> Rollups:
    """The rows of some accounts, in the order that a batch has them in."""
    return replace(rollups, frames=_Cut(rollups.frames, ids))


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


def scopes(before: Population, now: Population, ids: Ids, relinked: Ids) -> Mapping[str, Scope]:
    """The scope of every family, by its id, as its declared reach says.

    ``ids`` are the accounts with other rows than before, ``relinked`` those whose links are not
    what they were.
    """
    reaches = {f.id: f.reach_in(before.rollups, now.rollups) for f in REGISTRY.families}
    found = {reach: _scope(reach, before, now, ids, relinked) for reach in {*reaches.values()}}
    return {family: found[reach] for family, reach in reaches.items()}


def _scope(reach: Reach, before: Population, now: Population, ids: Ids, relinked: Ids) -> Scope:
    if reach is Reach.EVERYBODY:
        return Scope(None, None)
    if reach is Reach.OWN:
        return Scope(ids, ids)
    ties = TIES[reach](now)
    held = [of(TIES[reach](before), ids), of(ties, ids)]
    if reach is Reach.LINKED:
        # What links two others is nothing to whom one of them is linked to, but for their group.
        held += [of(by_group(moment), relinked) for moment in (before, now)]
        ids = union(ids, relinked)
    return tied(ties, ids, pl.concat(held))


def tied(ties: pl.DataFrame, ids: Ids, held: pl.DataFrame) -> Scope:
    """Scope where ``ties`` (``features.ties``) make accounts' features those of others too.

    Reached is who shares anything of what is ``held``, that ``ids`` have or had; read is who
    shares with those. Nobody but ``ids`` has other ties than before.
    """
    reached = union(ids, sharing(ties, held))
    return Scope(reached, company(ties, reached))
