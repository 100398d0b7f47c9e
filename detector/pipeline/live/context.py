"""Whose features change with an account's rows, and whose rows these features read.

A family says how far it reaches (``features.registry.Reach``). Where it compares accounts below
one payer, with one instrument or of one group, others' features change with an account's rows
(``reached``), and reading them right needs the rows of everybody that they are compared with
(``read``). What compares everybody with everybody is computed for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
import polars as pl

from features.build import REGISTRY
from features.ordering import taken
from features.population import Population
from features.registry import Reach
from features.rollups import Rollups
from features.shapes import SHAPES
from features.ties import TIES, Ids, by_group, by_link, by_pair, company, of, sharing, union, unlike


@dataclass(frozen=True)
class Scope:
    """Accounts whose features are computed, and accounts whose rows are read for that.

    None is everybody. ``beside`` names rollups that are read of other accounts.
    """

    reached: Ids | None
    read: Ids | None
    beside: Mapping[str, Ids] = field(default_factory=dict)


class _Cut(Mapping[str, pl.DataFrame]):
    """Rollups of some accounts, each taken out of those of all when it is first read."""

    def __init__(
        self, frames: Mapping[str, pl.DataFrame], ids: Ids, beside: Mapping[str, Ids]
    ) -> None:
        self._frames, self._ids, self._beside = frames, ids, beside
        self._found: dict[str, pl.DataFrame] = {}

    def __getitem__(self, name: str) -> pl.DataFrame:
        if name not in self._found:
            self._found[name] = in_order(
                name, of(self._frames[name], self._beside.get(name, self._ids))
            )
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)


def restricted(
    rollups: Rollups, ids: Ids, beside: Mapping[str, Ids] = MappingProxyType({})
) -> Rollups:
    """The rows of some accounts, in the order that a batch has them in.

    Rollups that ``beside`` names have those of other accounts.
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


def scopes(before: Population, now: Population, ids: Ids, relinked: Ids) -> Mapping[str, Scope]:
    """The scope of every family, by its id, as its declared reach says.

    ``ids`` are the accounts with other rows than before, ``relinked`` those whose links are not
    what they were.
    """
    felt = _Felt(before, now, ids, relinked)
    reaches = {f.id: (f.reach_in(before.rollups, now.rollups), f.paired) for f in REGISTRY.families}
    found = {reach: felt.scope(*reach) for reach in {*reaches.values()}}
    return {family: found[reach] for family, reach in reaches.items()}


@dataclass(frozen=True)
class _Felt:
    """Two moments, who has other rows in the second, and whose links are others."""

    before: Population
    now: Population
    ids: Ids
    relinked: Ids

    def scope(self, reach: Reach, paired: str | None) -> Scope:
        """Whose features may be others where a family reaches so far, and who is read for them."""
        if reach is Reach.EVERYBODY:
            return Scope(None, None)
        if reach is Reach.OWN:
            return Scope(self.ids, self.ids)
        if reach is not Reach.LINKED:
            return tied(TIES[reach](self.now), self.ids, self._held(TIES[reach], self.ids))
        changed = union(self.ids, self.relinked)
        if paired is None:
            return tied(by_link(self.now), changed, self._held(by_link, changed))
        return self._paired(paired, changed)

    def _paired(self, name: str, changed: Ids) -> Scope:
        """What links two others is nothing to whom one of them is in a pair with.

        Only other rows of the rollup that is read of a pair are.
        """
        groups, pairs = by_group(self.now), by_pair(self.now)
        rows = [in_order(name, of(p.rollups[name], self.ids)) for p in (self.before, self.now)]
        felt = union(unlike(*rows))
        grouped = sharing(groups, self._held(by_group, changed))
        reached = union(changed, grouped, sharing(pairs, self._held(by_pair, felt)))
        read = company(groups, reached)
        return Scope(reached, read, {name: union(read, company(pairs, reached))})

    def _held(self, ties: Callable[[Population], pl.DataFrame], ids: Ids) -> pl.DataFrame:
        """What some share, or shared before."""
        return pl.concat([of(ties(self.before), ids), of(ties(self.now), ids)])


def tied(ties: pl.DataFrame, ids: Ids, held: pl.DataFrame) -> Scope:
    """Scope where ``ties`` (``features.ties``) make accounts' features those of others too.

    Reached is who shares anything of what is ``held``, that ``ids`` have or had; read is who
    shares with those. Nobody but ``ids`` has other ties than before.
    """
    reached = union(ids, sharing(ties, held))
    return Scope(reached, company(ties, reached))
