"""Whose features change with an account's rows, and whose rows these features read.

A family says how far it reaches (``features.registry.Reach``). Where it compares accounts below
one payer, with one instrument, with one template or of one group, others' features change with an
account's rows (``reached``), and reading them right needs the rows of everybody that they are
compared with (``read``). What compares everybody with everybody is computed for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from detector.pipeline.live.cutting import Scope, in_order
from detector.pipeline.live.machines import by_machines
from detector.pipeline.live.moulds import by_moulds
from features.build import REGISTRY
from features.evidence import accepted
from features.population import Population
from features.registry import Reach
from features.ties import (
    TIES,
    Ids,
    both_in,
    by_group,
    by_link,
    by_pair,
    company,
    either_in,
    of,
    sharing,
    union,
    unlike,
)


def scopes(
    before: Population, now: Population, ids: Ids, relinked: Ids, devices: pl.DataFrame | None
) -> Mapping[str, Scope]:
    """The scope of every family, by its id, as its declared reach says.

    ``ids`` are the accounts with other rows than before, ``relinked`` those whose links are not
    what they were; ``devices`` as in ``Moved``.
    """
    felt = _Felt(before, now, ids, relinked, devices)
    moments = before.rollups, now.rollups
    asked = {f.id: (f.reach_in(*moments), f.paired, f.given) for f in REGISTRY.families}
    found = {each: felt.scope(*each) for each in {*asked.values()}}
    return {family: found[each] for family, each in asked.items()}


@dataclass(frozen=True)
class _Felt:
    """Two moments, and who and what is other in the second."""

    before: Population
    now: Population
    ids: Ids
    relinked: Ids
    devices: pl.DataFrame | None

    def scope(self, reach: Reach, paired: str | None, given: tuple[str, ...] | None) -> Scope:
        """Whose features may be others where a family reaches so far, and who is read for them."""
        if reach is Reach.EVERYBODY:
            nobody = self.ids.clear()
            return Scope(nobody, nobody) if self._stand(given) else Scope(None, None)
        if reach is Reach.OWN:
            return Scope(self.ids, self.ids)
        if reach is Reach.MOULD:
            return by_moulds(self.before, self.now, self.ids)
        if reach is Reach.MACHINE:
            return by_machines(self.before, self.now, self.ids, self.devices)
        if reach is not Reach.LINKED:
            return tied(TIES[reach](self.now), self.ids, self._held(TIES[reach], self.ids))
        changed = union(self.ids, self.relinked)
        if paired is None:
            return tied(by_link(self.now), changed, self._held(by_link, changed))
        return self._paired(paired, changed)

    def _stand(self, given: tuple[str, ...] | None) -> bool:
        """Whether what ties accounts is what it was, and so are some rollups."""
        tied = self.before.edges is self.now.edges and self.before.pairs is self.now.pairs
        return tied and given is not None and not any(self._moved(name) for name in given)

    def _moved(self, name: str) -> bool:
        rows = [of(moment.rollups[name], self.ids) for moment in (self.before, self.now)]
        return not unlike(*rows).is_empty()

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
        paid = of(self.now.rollups[name], union(read, company(pairs, reached)))
        tied = self.now.pairs.filter(accepted(), both_in(read))
        moves = self.now.moves.filter(either_in(reached))
        return Scope(reached, read, {name: paid}, tied, moves)

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
