"""Training of `models.account.model.ProxyModel`: baselines, views, then the tails they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.account.columns import (
    FeatureSpec,
    as_read,
    both_sided,
    columns_of,
    directions,
    families_of,
    one_sided,
)
from models.account.learnt import Learnt
from models.account.model import ProxyModel, check_same_rows, check_values
from models.account.said import RawViews, Reference
from models.account.view import View, ViewMaker
from models.forest.forest import ArrayForest
from models.population.peers import Baseline, PeerGroups, check_codes
from models.population.reference import reference_rows
from models.population.tails import Tails

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

#: Members of a peer group that has its own medians, and of one that has its own tails: a tail
#: of n members cannot be smaller than 1 / (n + 1), so it needs more than 1 / alpha of them.
PEER_MEMBERS, TAIL_MEMBERS = 50, 400
#: A family's forest has this part of the joint forest's trees: it reads few columns.
_FAMILY_PART = 5
#: Kept values of a feature's tail, which is shown and not scored.
_FEATURE_KEEP = 160
_EMPTY = Tails.build(np.empty((0, 1)), [np.empty(0, dtype=np.int64)])
_NOBODY = Reference(_EMPTY, _EMPTY)


def fit_model(
    X: FloatArray,
    specs: Sequence[FeatureSpec],
    peers: IntArray,
    *,
    view: ViewMaker = ArrayForest,
    groups: NDArray[np.generic] | None = None,
    exclude: BoolArray | None = None,
    seed: int = 0,
    n_estimators: int = 1000,
    max_samples: int = 256,
    threads: int = 1,
) -> ProxyModel:
    """Learn what is ordinary: see `grow_model`, whose views are measured here."""
    model = grow_model(
        X, specs, peers, view=view, groups=groups, exclude=exclude, seed=seed,
        n_estimators=n_estimators, max_samples=max_samples,
    )  # fmt: skip
    own, peers = model.own(X), check_codes(peers)
    rows = reference_rows(len(own), exclude, seed, groups)
    return _measured(model, model.raw_views(own[rows], peers[rows], threads), peers[rows])


def measured(
    model: ProxyModel,
    raw: RawViews,
    peers: IntArray,
    *,
    groups: NDArray[np.generic] | None = None,
    exclude: BoolArray | None = None,
) -> ProxyModel:
    """Return the model with the tails of its raw scores of a whole population (n,).

    Those of the reference population among it count, as in `fit_model`.
    """
    rows = reference_rows(len(raw.scores), exclude, model.seed, groups)
    return _measured(model, raw.rows(rows), check_codes(peers)[rows])


def grow_model(
    X: FloatArray,
    specs: Sequence[FeatureSpec],
    peers: IntArray,
    *,
    view: ViewMaker = ArrayForest,
    groups: NDArray[np.generic] | None = None,
    exclude: BoolArray | None = None,
    seed: int = 0,
    n_estimators: int = 1000,
    max_samples: int = 256,
) -> ProxyModel:
    """Learn what is ordinary; nothing is measured yet (`measured`), so it cannot score.

    Parameters
    ----------
    X : (n, d) float64
        Features, NaN for missing; columns as in ``specs``.
    specs : sequence of FeatureSpec
        Name, family and suspicious direction of each column.
    peers : (n, 3) int
        Codes of workload, scale band and age band; negative means not known.
    view : ViewMaker
        What scores the directed rows, all columns together and each family's.
    groups : (n,) or None
        Linked component of each account: one vote each in a tree's sample, and few in
        the reference population.
    exclude : (n,) bool or None
        Open and enforced cases and their neighbours: they teach nothing.
    seed, n_estimators, max_samples : int
        As in `models.account.view.View.fit`.

    Raises
    ------
    ValueError
        If shapes do not fit or nothing is left to learn from.
    """
    X, specs, peers = check_values(X, len(specs)), tuple(specs), check_codes(peers)
    check_same_rows(len(X), peers=peers, groups=groups, exclude=exclude)
    rows = reference_rows(len(X), exclude, seed, groups)
    peer_groups = PeerGroups.fit(peers[rows], min_members=PEER_MEMBERS)
    members = peer_groups.members(peers[rows])
    least = np.array([spec.spread for spec in specs], dtype=np.float64)
    baseline = Baseline.fit(X[rows], members, peer_groups.parents(), least)
    fit = _Fitting(
        view, as_read(specs, baseline, X, peer_groups.assign(peers)), groups,
        None if exclude is None else (~np.asarray(exclude, dtype=bool)).astype(np.float64),
        max_samples,
    )  # fmt: skip
    return ProxyModel(
        specs=specs,
        peers=peer_groups,
        baseline=baseline,
        feature_tails=Tails.build(X[rows] * directions(specs), members, keep=_FEATURE_KEEP),
        joint=fit.view_of(np.flatnonzero(~both_sided(specs)), n_estimators, seed),
        joint_names=tuple(spec.name for spec in one_sided(specs)),
        family_views=fit.family_views(specs, n_estimators, seed),
        tail_peers=PeerGroups.fit(peers[rows], min_members=TAIL_MEMBERS),
        reference=_NOBODY,
        placeless=_NOBODY,
        seed=seed,
        reads=tuple(spec.name for spec in specs),
    )


def with_joint(
    model: ProxyModel,
    joint: View,
    names: Sequence[str],
    X: FloatArray,
    peers: IntArray,
    *,
    taught: bool,
    groups: NDArray[np.generic] | None = None,
    exclude: BoolArray | None = None,
    threads: int = 1,
    known: RawViews | None = None,
    learnt: Learnt | None = None,
) -> ProxyModel:
    """Return the model with another joint view, or with other leaves in it.

    The tails are measured anew on the reference population (``X``, ``peers``, ``groups``,
    ``exclude``), as in `fit_model`. Baselines and the families' views stay.

    Parameters
    ----------
    joint : View
        Over directed features.
    names : sequence of str
        Which ones: features that the model does not have are missing, others have no say.
    taught : bool
        Whether its leaves were learnt from simulated worlds; see `ProxyModel`. Directed
        columns are relative to peers already, so a taught tail is over everybody.
    known : RawViews or None
        What the model says of all rows of X already.
    learnt : Learnt or None
        What decisions add beside the leaves.

    Raises
    ------
    ValueError
        If the view reads another number of features than are named.
    """
    if joint.n_features != len(names):
        raise ValueError(f"the view reads {joint.n_features} features, not {len(names)}")
    own, peers = model.own(X), check_codes(peers)
    rows = reference_rows(len(own), exclude, model.seed, groups)
    changed = replace(model, joint=joint, joint_names=tuple(names), taught=taught, learnt=learnt)
    held = None if known is None else known.rows(rows)
    raw = changed.raw_views(own[rows], peers[rows], threads, known=held)
    return _measured(changed, raw, peers[rows])


@dataclass(frozen=True)
class _Fitting:
    """Directed rows, and who speaks how loud among them."""

    view: ViewMaker
    directed: NDArray[np.float32]
    groups: NDArray[np.generic] | None
    weight: FloatArray | None
    max_samples: int

    def view_of(self, columns: IntArray | slice, trees: int, seed: int) -> View:
        """A view of some columns."""
        return self.view.fit(
            self.directed[:, columns], n_estimators=trees, max_samples=self.max_samples,
            seed=seed, groups=self.groups, sample_weight=self.weight,
        )  # fmt: skip

    def family_views(self, specs: Sequence[FeatureSpec], trees: int, seed: int) -> tuple[View, ...]:
        """A view of each family's columns."""
        few = max(1, trees // _FAMILY_PART)
        return tuple(
            self.view_of(columns_of(specs, family), few, _view_seed(seed, at))
            for at, family in enumerate(families_of(specs))
        )


def _view_seed(seed: int, at: int) -> int:
    """Give every view its own seed, far from the seeds that users choose."""
    return (seed << 8) + at + (1 << 40)


def _measured(model: ProxyModel, raw: RawViews, peers: IntArray) -> ProxyModel:
    """Add the tails of the views, then those of the statistic that is made of them."""
    raw = model.with_learnt(raw, model.tail_peers.assign(peers))
    return replace(
        model,
        reference=_reference(model, raw.scores, peers),
        placeless=_reference(model, raw.calm, peers),
    )


def _reference(model: ProxyModel, scores: FloatArray, peers: IntArray) -> Reference:
    members = model.tail_peers.members(peers)
    found = replace(_NOBODY, views=Tails.build(scores, members))
    group = model.tail_peers.assign(peers)
    combined = found.combined(scores, group, taught=model.taught)[:, None]
    everybody = [np.arange(len(scores))] * model.tail_peers.count
    whom = everybody if model.taught else members
    return replace(found, statistic=Tails.build(combined, whom))
