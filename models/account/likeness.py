"""How alike accounts are to confirmed cases: the rare leaves that they share.

Two accounts are alike as far as they fall into the same leaves of the joint forest, and a leaf
that few of the population fall into says more: the kernel of `models.account.offset`, taught
or not. Places are ordinary in it, so nobody is like a case for where somebody is. What an
account shares with a case's members on average is a sum over leaves, so pairs are never laid
out. 1 is what an account of the population shares with itself on average.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.account.columns import Columns
from models.account.model import ProxyModel
from models.account.offset import leaf_numbers, leaf_shares, rarity
from models.account.placeless import Places
from models.forest.forest import ArrayForest
from models.forest.kernel import add_leaves
from models.forest.trees import as_rows
from models.population.reference import reference_rows

Float32 = NDArray[np.float32]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

#: Accounts whose leaves are looked at together, and ordinary ones that stand for the population.
_BLOCK: Final = 8_192
_ORDINARY: Final = 5_000
#: Ordinary accounts that are taken for a case, to see how alike others are by chance.
_DRAWN: Final = 100
#: Share of peers at most beyond a value that is far out.
FAR: Final = 0.05


@dataclass(frozen=True)
class Kin:
    """What is ordinary in a population, to tell likeness to cases from chance.

    Attributes
    ----------
    worth : (L,) float64
        What it says to share each leaf of the joint forest.
    ordinary : (m, d) float32
        Rows of ordinary accounts, with ordinary places.
    groups : (m,) int64
        Their linked groups, within which likeness is no chance.
    """

    model: ProxyModel
    forest: ArrayForest
    worth: FloatArray
    ordinary: Float32
    groups: IntArray

    @classmethod
    def of(
        cls,
        model: ProxyModel,
        X: FloatArray,
        peers: IntArray,
        groups: IntArray,
        exclude: BoolArray,
    ) -> Kin | None:
        """Measure a population (n rows), in which some are known to be bad; None without leaves.

        A population of which nobody is ordinary has no chance to compare with: None as well.
        """
        if not isinstance(model.joint, ArrayForest) or exclude.all():
            return None
        rows = reference_rows(len(X), exclude, model.seed, groups)
        rows = rows[:: -(-len(rows) // _ORDINARY)]
        calm = calm_rows(model, X[rows], peers[rows])
        worth = rarity(model.joint, leaf_shares(model.joint, calm))
        return cls(model, model.joint, worth, calm, groups[rows])

    def worths(self, cases: Sequence[Float32]) -> FloatArray:
        """Return (L, k) what each leaf is worth to an account beside the rows of k cases."""
        values = np.zeros((len(self.worth), len(cases)))
        if not len(cases):
            return values
        ends = np.cumsum([len(members) for members in cases])
        # Cases are looked at together, as many as a block has rows: most have a few.
        for some in np.split(np.arange(len(cases)), np.flatnonzero(np.diff(ends // _BLOCK)) + 1):
            rows = [cases[at] for at in some]
            leaves = np.stack(leaf_numbers(self.forest, np.concatenate(rows)), axis=1)
            parts = np.split(leaves, np.cumsum([len(members) for members in rows])[:-1])
            for at, part in zip(some, parts, strict=True):
                held = np.bincount(part.ravel(), minlength=len(self.worth))
                values[:, at] = held / len(part) * self.worth
        return values

    def alike(self, rows: Float32, worths: FloatArray) -> FloatArray:
        """Return (n, k) what rows share with cases, tree after tree: company changes no bit."""
        total = np.zeros((len(rows), worths.shape[1]))
        add_leaves(self.forest.trees, as_rows(rows, self.forest.n_features), worths, total)
        return total

    def nearest(
        self, X: FloatArray, peers: IntArray, cases: Sequence[IntArray], rows: IntArray
    ) -> tuple[IntArray, FloatArray]:
        """Return the most alike case of some rows (m,), and how alike it is (m,).

        ``cases`` holds the rows of each case's members. Of cases that are equally alike the
        first is taken.
        """
        worths = self.worths([calm_rows(self.model, X[one], peers[one]) for one in cases])
        best, most = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows))
        for at in range(0, len(rows), _BLOCK):
            some = rows[at : at + _BLOCK]
            found = self.alike(calm_rows(self.model, X[some], peers[some]), worths)
            best[at : at + _BLOCK] = found.argmax(axis=1)
            most[at : at + _BLOCK] = found.max(axis=1)
        return best, most

    def by_chance(self, share: float) -> float:
        """Return the likeness that a share of the pairs of ordinary accounts reach.

        Some stand for a case, from the most ordinary to the oddest, whatever their ids.

        Accounts that are linked are no pair. Without any pair nothing is beyond chance.
        """
        by_score = np.argsort(self.forest.raw(self.ordinary), kind="stable")
        steps = np.linspace(0, len(by_score) - 1, _DRAWN).astype(np.int64)
        drawn = by_score[np.unique(steps)]
        worths = self.worths([self.ordinary[at : at + 1] for at in drawn])
        apart = []
        for at in range(0, len(self.ordinary), _BLOCK):
            some = slice(at, at + _BLOCK)
            other = self.groups[some, None] != self.groups[drawn]
            apart.append(self.alike(self.ordinary[some], worths)[other])
        pairs = np.concatenate(apart)
        if not pairs.size:
            return float("inf")
        return float(np.quantile(pairs, 1.0 - share, method="higher"))


def calm_rows(model: ProxyModel, X: FloatArray, peers: IntArray) -> Float32:
    """Return the float32 rows that the joint view reads, with ordinary places."""
    calm = Places.of(model.specs).ordinary(model.directed(X, peers), slice(None))
    return Columns.by_name(model.joint_names, model.names).pick(calm)


def far_tails(model: ProxyModel, X: FloatArray, peers: IntArray) -> FloatArray:
    """Return (n, d) the share of peers beyond what is far out, 1 where it is ordinary.

    In the model's own columns. A place is never far out here.
    """
    group = model.peers.assign(peers)
    tails = model.feature_tails.shares(model.own(X) * model.direction, group)
    odd = (model.directed(X, peers) > 0.0) & (tails <= FAR) & ~Places.of(model.specs).columns
    return np.where(odd, tails, 1.0)


def shared_tails(account: FloatArray, members: FloatArray) -> FloatArray:
    """Return (d,) how far out an account and half of a case's members are at least; 1: not both.

    Parameters
    ----------
    account : (d,) float64
        See `far_tails`.
    members : (m, d) float64

    Examples
    --------
    >>> shared_tails(np.array([0.01, 0.02, 1.0]), np.array([[0.03, 1, 0], [1, 1, 0]])).tolist()
    [0.03, 1.0, 1.0]
    """
    middle = np.sort(members, axis=0)[(len(members) - 1) // 2]
    return np.asarray(np.maximum(account, middle), dtype=np.float64)
