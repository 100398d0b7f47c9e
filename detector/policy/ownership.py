"""What the owners of a party make of it: who is restricted by whom, and how surely.

Rows come from ``owners.parties.with_parties``, cut at as-of by ``owners.shares.current``; who is
listed is told by party. ``restricted`` gives what holds for certain and what may hold;
``owners.outcomes`` makes a row of it for each party that is owned, with the chain in words.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Literal

import numpy as np
import polars as pl

from detector.policy.owners import product
from detector.policy.owners.fixpoint import Reached, certain, conceivable
from detector.policy.owners.graph import Flags, Graph, Ints, graph_of
from detector.policy.owners.shares import WHOLE

Method = Literal["cascade", "product"]


@dataclass(frozen=True)
class Rule:
    """When owners restrict a party.

    Attributes
    ----------
    threshold
        The share that counts, in units of 10^-10.
    strict
        Only more than the threshold counts (``>``); else it is enough (``>=``).
    method
        ``cascade``: a restricted owner counts in full for what it owns. ``product``: shares
        multiply along a chain.
    """

    threshold: int
    strict: bool
    method: Method

    def least_met(self, share: Ints, excluded: Flags) -> Flags:
        """Whether least shares meet the rule; an excluded one is passed."""
        enough: Flags = excluded | (not self.strict)
        met: Flags = (share > self.threshold) | ((share == self.threshold) & enough)
        return met

    def most_met(self, share: Ints, excluded: Flags) -> Flags:
        """Whether greatest shares can meet the rule; an excluded one is not reached."""
        enough: Flags = ~excluded & (not self.strict)
        met: Flags = (share > self.threshold) | ((share == self.threshold) & enough)
        return met

    def looked_through(self, values: product.Values, size: int) -> Flags:
        """Whether shares looked through meet the rule."""
        fine = self.threshold * WHOLE
        met = np.zeros(size, dtype=np.bool_)
        met[[p for p, v in values.items() if v > fine or (v == fine and not self.strict)]] = True
        return met


@dataclass(frozen=True)
class Restricted:
    """What listed parties make of those that they own.

    Attributes
    ----------
    graph, rule
        The links, and when they restrict.
    sure, both
        Numbers of the parties surely listed; and with them those that may be.
    certainly, possibly
        What the sure hold for certain, and what both may hold. By ``product``, what they hold
        along any chain, however small its shares.
    """

    graph: Graph
    rule: Rule
    sure: Ints
    both: Ints
    certainly: Reached
    possibly: Reached

    @cached_property
    def least(self) -> product.Values:
        """What the sure hold of parties at least, looked through."""
        return product.least(self.graph, self.sure)

    @cached_property
    def most(self) -> product.Values:
        """What both hold of parties at most, looked through."""
        return product.most(self.graph, self.both)

    @cached_property
    def met(self) -> Flags:
        """Whether the owners of each party meet the rule for certain."""
        if self.rule.method == "product":
            return self.rule.looked_through(self.least, len(self.graph.parties))
        return self.rule.least_met(self.certainly.share, self.certainly.excluded)

    @cached_property
    def meetable(self) -> Flags:
        """Whether the owners of each party may meet the rule."""
        if self.rule.method == "product":
            return self.rule.looked_through(self.most, len(self.graph.parties))
        return self.rule.most_met(self.possibly.share, self.possibly.excluded)

    @property
    def lower(self) -> frozenset[str]:
        """Parties that are restricted for certain, the listed among them."""
        return self._keys(self.met, self.sure)

    @property
    def upper(self) -> frozenset[str]:
        """Parties that may be restricted, the listed among them."""
        return self._keys(self.meetable, self.both)

    def _keys(self, met: Flags, listed: Ints) -> frozenset[str]:
        members = met.copy()
        members[listed] = True
        return frozenset(self.graph.parties.filter(pl.Series(members)).to_list())


def restricted(
    shares: pl.DataFrame,
    listed: Collection[str],
    threshold: Decimal = Decimal("0.5"),
    strict: bool = False,
    *,
    perhaps: Collection[str] = (),
    method: Method = "cascade",
) -> Restricted:
    """Find what the listed restrict.

    Parameters
    ----------
    shares
        Rows with ``owned``, ``owner``, ``share_min``, ``share_max`` and open flags.
    listed, perhaps
        Parties that are surely on a list, and those that may be.
    threshold, strict, method
        As in ``Rule``; the threshold is above 0 and at most 1, in steps of 10^-10.

    Raises
    ------
    ValueError
        If the threshold is no such share.
    """
    units = threshold * WHOLE
    if not (threshold.is_finite() and 0 < threshold <= 1 and units == int(units)):
        raise ValueError(f"a threshold is above 0 and at most 1, found {threshold}")
    rule = Rule(int(units), strict, method)
    graph = graph_of(shares)
    sure = graph.numbers(pl.Series(sorted(listed), dtype=pl.String))
    both = graph.numbers(pl.Series(sorted({*listed, *perhaps}), dtype=pl.String))
    # Looked through, every chain counts, however small its shares: the least unit reaches on.
    enough, passed = (1, False) if method == "product" else (rule.threshold, strict)
    lower = certain(graph, sure, enough, strict=passed)
    upper = conceivable(graph, both, enough, strict=passed)
    return Restricted(graph, rule, sure, both, lower, upper)
