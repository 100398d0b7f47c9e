"""Training of `models.account.model.ProxyModel`: baselines, forests, then the tails they need."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.account.model import (
    PEER_MEMBERS,
    TAIL_MEMBERS,
    FeatureSpec,
    ProxyModel,
    check_same_rows,
)
from models.forest.forest import ArrayForest
from models.population.conformal import SmoothTails
from models.population.peers import Baseline, PeerGroups
from models.population.reference import reference_rows
from models.population.tails import Tails

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

#: A family's forest has this part of the joint forest's trees: it reads few columns.
_FAMILY_PART = 5
#: Kept values of a feature's tail, which is shown and not scored.
_FEATURE_KEEP = 160


def fit_model(
    cls: type[ProxyModel],
    X: FloatArray,
    specs: tuple[FeatureSpec, ...],
    peers: IntArray,
    groups: NDArray[np.generic] | None,
    exclude: BoolArray | None,
    sample_weight: FloatArray | None,
    settings: tuple[int, int, int, int],
) -> ProxyModel:
    """Fit a model; see `ProxyModel.fit`. ``settings``: seed, trees, samples, threads."""
    seed, n_estimators, max_samples, threads = settings
    check_same_rows(len(X), peers=peers, groups=groups, exclude=exclude, weight=sample_weight)
    rows = reference_rows(len(X), exclude, seed, groups)
    groups_ = PeerGroups.fit(peers[rows], min_members=PEER_MEMBERS)
    direction = np.array([spec.direction for spec in specs], dtype=np.float64)
    members = groups_.members(peers[rows])
    baseline = Baseline.fit(X[rows], members, groups_.parents())
    weight = _weights(exclude, sample_weight)
    directed = baseline.directed(X, groups_.assign(peers), direction)
    joint = ArrayForest.fit(
        directed, n_estimators=n_estimators, max_samples=max_samples, seed=seed,
        groups=groups, sample_weight=weight,
    )  # fmt: skip
    tail_peers = PeerGroups.fit(peers[rows], min_members=TAIL_MEMBERS)
    empty = Tails.build(np.empty((0, 1)), [np.empty(0, dtype=np.int64)])
    feature_tails = Tails.build(X[rows] * direction, members, keep=_FEATURE_KEEP)
    model = cls(specs, groups_, baseline, feature_tails, joint, (), tail_peers, empty, empty, seed)
    few = max(1, n_estimators // _FAMILY_PART)
    forests = [
        ArrayForest.fit(
            directed[:, model.columns(family)], n_estimators=few, max_samples=max_samples,
            seed=_view_seed(seed, at), groups=groups, sample_weight=weight,
        )
        for at, family in enumerate(model.families)
    ]  # fmt: skip
    model = replace(model, family_forests=tuple(forests))
    return _with_tails(model, X[rows], peers[rows], threads)


def _view_seed(seed: int, at: int) -> int:
    """Give every view its own seed, far from the seeds that users choose."""
    return (seed << 8) + at + (1 << 40)


def _weights(exclude: BoolArray | None, sample_weight: FloatArray | None) -> FloatArray | None:
    if exclude is None:
        return sample_weight
    kept = (~np.asarray(exclude, dtype=bool)).astype(np.float64)
    return kept if sample_weight is None else kept * sample_weight


def with_joint(
    model: ProxyModel,
    joint: ArrayForest,
    X: FloatArray,
    peers: IntArray,
    taught: bool,
    threads: int,
) -> ProxyModel:
    """Put another joint forest into a model; see `ProxyModel.with_joint`.

    Directed columns are relative to peers already, so a taught tail is over everybody.
    """
    if joint.n_features != len(model.specs):
        raise ValueError(f"the forest reads {joint.n_features} features, not {len(model.specs)}")
    return _with_tails(replace(model, joint=joint, taught=taught), X, peers, threads)


def _with_tails(model: ProxyModel, X: FloatArray, peers: IntArray, threads: int) -> ProxyModel:
    """Add the tails of the views, then those of the statistic that is made of them."""
    members = model.tail_peers.members(peers)
    scores = model.raw_views(X, peers, threads=threads)
    model = replace(model, view_tails=Tails.build(scores, members))
    group = model.tail_peers.assign(peers)
    levels = SmoothTails(model.view_tails).levels(scores, group)
    combined = model.combined(scores[:, 0], levels)[:, None]
    everybody = [np.arange(len(X))] * model.tail_peers.count
    whom = everybody if model.taught else members
    return replace(model, statistic_tails=Tails.build(combined, whom))
