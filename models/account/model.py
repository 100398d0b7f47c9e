"""The model of lane B: peers, views, and the evidence about each account.

Values are turned into directed distances from what is ordinary among peers; a joint forest
and one forest a family score them; each score becomes a tail within the peer group; the tails
are combined so that at least two families must speak.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models import combine
from models.forest.forest import ArrayForest
from models.forest.kernel import Kernel
from models.forest.treeshap import exact_attributions
from models.population.conformal import SmoothTails
from models.population.peers import Baseline, PeerGroups, check_codes
from models.population.reference import reference_rows
from models.population.tails import Tails

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

#: Members of a peer group that has its own medians, and of one that has its own tails: a tail
#: of n members cannot be smaller than 1 / (n + 1), so it needs more than 1 / alpha of them.
PEER_MEMBERS, TAIL_MEMBERS = 50, 400
#: Rows that are transformed at once.
_BLOCK = 65_536


@dataclass(frozen=True)
class FeatureSpec:
    """A column of X: its name, its family, and which side is suspicious (+1 high, -1 low)."""

    name: str
    family: str
    direction: int

    def __post_init__(self) -> None:
        if self.direction not in (-1, 1):
            raise ValueError(f"direction of {self.name} is {self.direction}; expected +1 or -1")


@dataclass(frozen=True)
class Attributions:
    """What made the joint score of each row, all (n, d); NaN where the value is missing.

    ``contributions`` add up with ``base`` to ``raw`` (they are never NaN); ``peer_median`` is
    in the feature's own unit; ``tail`` is the share of peers beyond the value on the
    suspicious side.
    """

    contributions: FloatArray
    peer_median: FloatArray
    tail: FloatArray


@dataclass(frozen=True)
class AccountScores:
    """Scores of n accounts; larger raw and evidence, smaller p and tail = more suspicious.

    Attributes
    ----------
    raw : (n,) float64
        Joint forest's depth score, ``base`` + sum of ``contributions``.
    contributions, peer_median, tail : (n, d) float64
        See `Attributions`; of shape (0, d) when they were not asked for.
    family_p : (n, F) float64
        Empirical tail p-value of each family within peers, NaN where it is wholly missing.
    families : tuple of str
        The F family ids, in the order of their first feature.
    p_value : (n,) float64
        Empirical tail p-value of the combined statistic within peers.
    level : (n,) float64
        -log10 of the smooth tail that evidence is made of, before two families are asked for.
    evidence : (n,) float64
        In [0, 1); see `models.combine.evidence`.
    speaks : (n, F) bool
        Families whose p-value is at most 0.05.
    coverage : (n,) float64
        Share of features that are not missing.
    """

    raw: FloatArray
    base: float
    contributions: FloatArray
    peer_median: FloatArray
    tail: FloatArray
    family_p: FloatArray
    families: tuple[str, ...]
    p_value: FloatArray
    level: FloatArray
    evidence: FloatArray
    speaks: BoolArray
    coverage: FloatArray


@dataclass(frozen=True)
class ProxyModel:
    """Isolation forests over directed, peer-relative features. Fit, score, save, load.

    A ``taught`` model's joint forest holds leaves learnt from simulated worlds (see
    `models.account.prior`). It knows which families count, so its own tail over everybody is the
    statistic; its p-value stays within the peer group.
    """

    specs: tuple[FeatureSpec, ...]
    peers: PeerGroups
    baseline: Baseline
    feature_tails: Tails
    joint: ArrayForest
    family_forests: tuple[ArrayForest, ...]
    tail_peers: PeerGroups
    view_tails: Tails
    statistic_tails: Tails
    seed: int
    taught: bool = False

    @classmethod
    def fit(
        cls,
        X: FloatArray,
        specs: Sequence[FeatureSpec],
        peers: IntArray,
        *,
        groups: NDArray[np.generic] | None = None,
        exclude: BoolArray | None = None,
        sample_weight: FloatArray | None = None,
        seed: int = 0,
        n_estimators: int = 1000,
        max_samples: int = 256,
        threads: int = 1,
    ) -> ProxyModel:
        """Learn what is ordinary.

        Parameters
        ----------
        X : (n, d) float64
            Features, NaN for missing; columns as in ``specs``.
        specs : sequence of FeatureSpec
            Name, family and suspicious direction of each column.
        peers : (n, 3) int
            Codes of workload, scale band and age band; negative means not known.
        groups : (n,) or None
            Linked component of each account: one vote each in a tree's sample, and few in
            the reference population.
        exclude : (n,) bool or None
            Open and enforced cases and their neighbours: they teach nothing.
        sample_weight : (n,) float64 or None
            Chance weights in the trees' samples.
        seed, n_estimators, max_samples, threads : int
            As in `models.forest.forest.ArrayForest.fit`; threads never change a bit.

        Raises
        ------
        ValueError
            If shapes do not fit or nothing is left to learn from.
        """
        from models.account.fitting import fit_model

        return fit_model(
            cls, check_values(X, len(specs)), tuple(specs), check_codes(peers), groups,
            exclude, sample_weight, (seed, n_estimators, max_samples, threads),
        )  # fmt: skip

    @property
    def families(self) -> tuple[str, ...]:
        """Ids of the families, in the order of their first feature."""
        return tuple(dict.fromkeys(spec.family for spec in self.specs))

    @property
    def direction(self) -> FloatArray:
        """Suspicious side of each feature, (d,) of +1 and -1."""
        return np.array([spec.direction for spec in self.specs], dtype=np.float64)

    @property
    def model_id(self) -> str:
        """Sixteen hex digits of the model's content: equal ids, equal scores."""
        from models.files.model import content_id

        return content_id(self)

    def score(
        self,
        X: FloatArray,
        peers: IntArray,
        *,
        threads: int = 1,
        contributions: bool = True,
        kernel: Kernel = "auto",
    ) -> AccountScores:
        """Score accounts.

        Parameters
        ----------
        X : (n, d) float64
            Features, NaN for missing.
        peers : (n, 3) int
            Codes as in `fit`; unknown combinations fall back to coarser groups.
        threads : int
            Never changes a bit.
        contributions : bool
            Whether to fill the three (n, d) arrays. For a million accounts leave them out and
            call `attributions` for those that are shown.
        """
        X, peers = check_values(X, len(self.specs)), check_codes(peers)
        check_same_rows(len(X), peers=peers)
        raw, levels, view_p = self.views(X, peers, threads=threads, kernel=kernel)
        family_p = view_p[:, 1:].copy()
        combined = self.combined(raw, levels)[:, None]
        group = self.tail_peers.assign(peers)
        p_value = self.statistic_tails.p_values(combined, group)[:, 0]
        if self.taught:
            p_value = view_p[:, 0].copy()
        speaks = combine.speaking(family_p)
        level = SmoothTails(self.statistic_tails).levels(combined, group)[:, 0]
        some = slice(None) if contributions else slice(0)
        why = self.attributions(X[some], peers[some], threads=threads, kernel=kernel)
        return AccountScores(
            raw=raw,
            base=self.joint.base,
            contributions=why.contributions,
            peer_median=why.peer_median,
            tail=why.tail,
            family_p=family_p,
            families=self.families,
            p_value=p_value,
            level=level,
            evidence=combine.evidence(level, combine.corroborated(speaks, self.families)),
            speaks=speaks,
            coverage=(~np.isnan(X)).mean(axis=1),
        )

    def combined(self, raw: FloatArray, levels: FloatArray) -> FloatArray:
        """Return (n,) what the evidence is the tail of, from raw (n,) and levels (n, 1 + F)."""
        return raw if self.taught else combine.statistic(levels[:, 0], levels[:, 1:])

    def attributions(
        self,
        X: FloatArray,
        peers: IntArray,
        *,
        threads: int = 1,
        kernel: Kernel = "auto",
        exact: bool = False,
    ) -> Attributions:
        """Explain the joint score of each row: see `Attributions`.

        ``exact`` gives Shapley values instead of path attributions: for the rows that people
        are shown, as they cost a hundred times as much.
        """
        X, peers = check_values(X, len(self.specs)), check_codes(peers)
        group = self.peers.assign(peers)
        directed = self.directed(X, peers)
        return Attributions(
            exact_attributions(self.joint, directed)
            if exact
            else self.joint.attributions(directed, kernel=kernel, threads=threads),
            np.where(np.isnan(X), np.nan, self.baseline.median[group]),
            self.feature_tails.shares(X * self.direction, group),
        )

    def directed(self, X: FloatArray, peers: IntArray) -> NDArray[np.float32]:
        """Return the (n, d) float32 rows the joint forest reads; see `Baseline.directed`."""
        return self.baseline.directed(X, self.peers.assign(peers), self.direction)

    def statistic(self, X: FloatArray, peers: IntArray, *, threads: int = 1) -> FloatArray:
        """Return the (n,) combined statistic, for `models.population.conformal.Calibration`."""
        X, peers = check_values(X, len(self.specs)), check_codes(peers)
        raw, levels, _ = self.views(X, peers, threads=threads)
        return self.combined(raw, levels)

    def with_joint(
        self,
        joint: ArrayForest,
        X: FloatArray,
        peers: IntArray,
        *,
        taught: bool,
        groups: NDArray[np.generic] | None = None,
        exclude: BoolArray | None = None,
        threads: int = 1,
    ) -> ProxyModel:
        """Return the model with another joint forest, or other leaves in it.

        The tails are measured anew on the reference population (``X``, ``peers``, ``groups``,
        ``exclude``), as in `fit`. Baselines and family forests stay.

        Parameters
        ----------
        joint : ArrayForest
            Over the same directed features.
        taught : bool
            Whether its leaves were learnt from simulated worlds; see `ProxyModel`.

        Raises
        ------
        ValueError
            If the forest reads another number of features.
        """
        from models.account.fitting import with_joint

        X, peers = check_values(X, len(self.specs)), check_codes(peers)
        rows = reference_rows(len(X), exclude, self.seed, groups)
        return with_joint(self, joint, X[rows], peers[rows], taught, threads)

    def views(
        self, X: FloatArray, peers: IntArray, *, threads: int = 1, kernel: Kernel = "auto"
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return raw (n,), levels and p-values (n, 1 + F) of the joint forest and families."""
        scores = self.raw_views(X, peers, threads=threads, kernel=kernel)
        group = self.tail_peers.assign(peers)
        levels = SmoothTails(self.view_tails).levels(scores, group)
        p_values = self.view_tails.p_values(scores, group)
        return scores[:, 0].copy(), levels, p_values

    def raw_views(
        self, X: FloatArray, peers: IntArray, *, threads: int = 1, kernel: Kernel = "auto"
    ) -> FloatArray:
        """Return (n, 1 + F) raw scores of the joint forest and of each family's."""
        out = np.empty((len(X), 1 + len(self.family_forests)))
        for at in range(0, len(X), _BLOCK):
            rows = slice(at, at + _BLOCK)
            directed = self.directed(X[rows], peers[rows])
            out[rows, 0] = self.joint.raw(directed, kernel=kernel, threads=threads)
            for f, forest in enumerate(self.family_forests):
                own = np.ascontiguousarray(directed[:, self.columns(self.families[f])])
                score = forest.raw(own, kernel=kernel, threads=threads)
                out[rows, 1 + f] = np.where(np.isnan(own).all(axis=1), np.nan, score)
        return out

    def columns(self, family: str) -> IntArray:
        """Return the columns of X that belong to a family."""
        own = [i for i, spec in enumerate(self.specs) if spec.family == family]
        return np.array(own, dtype=np.int64)

    def save(self, path: str | Path, *, card: Mapping[str, object]) -> None:
        """Write arrays and manifest into the folder ``path``; see `models.files.store`."""
        from models.files.model import save_model

        save_model(self, Path(path), card)

    @classmethod
    def load(cls, path: str | Path) -> ProxyModel:
        """Read and check a stored model.

        Raises
        ------
        ModelFormatError
            If the folder does not hold a sound model.
        """
        from models.files.model import load_model

        return load_model(Path(path))


def check_values(X: FloatArray, d: int) -> FloatArray:
    """Return X as (n, d) float64.

    Raises
    ------
    ValueError
        If the shape is another or a value is infinite.
    """
    values = np.asarray(X, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] != d:
        raise ValueError(f"X has shape {values.shape}; the model reads {d} features a row")
    if np.isinf(values).any():
        raise ValueError("X holds an infinite value; use NaN for what is missing")
    return values


def check_same_rows(n: int, **arrays: NDArray[np.generic] | None) -> None:
    """Raise ValueError unless every array has ``n`` rows."""
    for name, array in arrays.items():
        if array is not None and len(array) != n:
            raise ValueError(f"{name} has {len(array)} rows, X has {n}")
