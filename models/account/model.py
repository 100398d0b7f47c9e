"""The model of lane B: peers, views, and the evidence about each account.

Values are turned into directed distances from what is ordinary among peers; a joint view and
one view a family score them; each score becomes a tail within the peer group; the tails are
combined so that at least two families must speak. Columns are bound by name: see
`models.account.columns`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models import combine
from models.account.columns import (
    BLOCK,
    Columns,
    FeatureSpec,
    as_read,
    both_sided,
    check_known,
    columns_of,
    directions,
    families_of,
)
from models.account.learnt import MOST, Learnt
from models.account.placeless import Places
from models.account.said import RawViews, Reference
from models.account.scores import AccountScores, Attributions
from models.account.view import FOREST, View
from models.arrays import arrays_to_bytes
from models.population.peers import Baseline, PeerGroups, check_codes
from models.population.tails import Tails

FloatArray = NDArray[np.float64]
Float32 = NDArray[np.float32]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, repr=False)
class ProxyModel:
    """Views over directed, peer-relative features; made by `models.account.fitting.fit_model`.

    A ``taught`` model's joint forest holds leaves learnt from simulated worlds (see
    `models.account.prior`). It knows which families count, so its own tail over everybody is the
    statistic; its p-value stays within the peer group.

    Attributes
    ----------
    specs : tuple of FeatureSpec
        The columns that the model knows; baselines and tails have one for each.
    joint, family_views : View, tuple of View
        The view of all columns named in ``joint_names``, and one for each of `families`.
    joint_names : tuple of str
        A prior may know fewer or other features than the population's own model.
    reference, placeless : Reference
        How the views are spread over the reference population, and with ordinary places.
    reads : tuple of str
        The columns of the X that callers pass, by name; see `bound_to`.
    learnt : Learnt or None
        What reviewers' decisions add beside the leaves of ``joint``; only in a taught model.
    """

    specs: tuple[FeatureSpec, ...]
    peers: PeerGroups
    baseline: Baseline
    feature_tails: Tails
    joint: View
    joint_names: tuple[str, ...]
    family_views: tuple[View, ...]
    tail_peers: PeerGroups
    reference: Reference
    placeless: Reference
    seed: int
    reads: tuple[str, ...]
    taught: bool = False
    learnt: Learnt | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features that the model knows."""
        return tuple(spec.name for spec in self.specs)

    @property
    def families(self) -> tuple[str, ...]:
        """Ids of the families, in the order of their first feature."""
        return families_of(self.specs)

    @property
    def direction(self) -> FloatArray:
        """Suspicious side of each feature, (d,) of +1 and -1."""
        return directions(self.specs)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Columns that callers pass and that have no say in the joint score, but should."""
        heard = set(self.names) & (set(self.joint_names) | self._in_learnt)
        if not self.taught:
            heard |= {spec.name for spec in self.specs if spec.both}
        return tuple(name for name in self.reads if name not in heard)

    @property
    def lacking(self) -> tuple[str, ...]:
        """Features that the model knows and that callers lack: missing for everybody."""
        known = dict.fromkeys((*self.names, *self.joint_names))
        return tuple(name for name in known if name not in self.reads)

    @property
    def added(self) -> tuple[str, ...]:
        """Features that the model knows and that whoever trained it added."""
        return tuple(spec.name for spec in self.specs if spec.own)

    def __repr__(self) -> str:
        """One line: its id, what it reads, and by what it scores."""
        how = "taught " if self.taught else ""
        return (
            f"<ProxyModel {self.model_id}: {len(self.specs)} features in {len(self.families)} "
            f"families, {how}view '{self.joint.kind}'>"
        )

    @property
    def _in_learnt(self) -> set[str]:
        """Columns of families that have a weight beside the leaves."""
        if self.learnt is None:
            return set()
        loud = set(np.array(self.families)[self.learnt.weights != 0.0].tolist())
        return {spec.name for spec in self.specs if spec.family in loud and not spec.both}

    @cached_property
    def model_id(self) -> str:
        """Sixteen hex digits of the model's content: equal ids, equal scores."""
        digest = hashlib.sha256(arrays_to_bytes(self.to_arrays()))
        digest.update(json.dumps(self.features()).encode())
        if self.joint_names != self.names:
            digest.update(json.dumps(self.joint_names).encode())
        if self.joint.kind != FOREST:
            digest.update(self.joint.kind.encode())
        return digest.hexdigest()[:16]

    def features(self) -> list[list[object]]:
        """Return name, family and direction of each feature, and if it is two-sided, as JSON."""
        return [spec.to_json() for spec in self.specs]

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return every array of the model under its stored name."""
        arrays = self.joint.to_arrays("joint.")
        for at, view in enumerate(self.family_views):
            arrays |= view.to_arrays(f"family{at}.")
        arrays |= self.peers.to_arrays("peers.") | self.tail_peers.to_arrays("tail_peers.")
        arrays |= self.baseline.to_arrays("baseline.")
        arrays |= self.feature_tails.to_arrays("feature_tails.")
        for prefix, reference in (("", self.reference), ("placeless_", self.placeless)):
            arrays |= reference.views.to_arrays(f"{prefix}view_tails.")
            arrays |= reference.statistic.to_arrays(f"{prefix}statistic_tails.")
        return arrays if self.learnt is None else arrays | self.learnt.to_arrays()

    def bound_to(self, found: Sequence[FeatureSpec]) -> ProxyModel:
        """Return the model as it reads rows of the columns at hand.

        What it does not know has no say (`unknown`), what it knows and does not find is missing
        for everybody (`lacking`). It stays the same model: its id and its files do not change.

        Raises
        ------
        ModelFormatError
            Where a feature has another family or direction, or none is known.
        """
        check_known(self.specs, found, "model")
        here = {spec.name: spec for spec in found}
        specs = tuple(here.get(spec.name, spec) for spec in self.specs)
        return replace(self, specs=specs, reads=tuple(spec.name for spec in found))

    def own(self, X: FloatArray) -> FloatArray:
        """Return (n, d) the columns that the model knows, NaN for those that X lacks.

        Raises
        ------
        ValueError
            If X has another number of columns than callers pass, or an infinite value.
        """
        columns = Columns.by_name(self.names, self.reads)
        return columns.pick(check_values(X, len(self.reads)))

    def score(
        self,
        X: FloatArray,
        peers: IntArray,
        *,
        threads: int = 1,
        contributions: bool = True,
        known: RawViews | None = None,
    ) -> AccountScores:
        """Score accounts.

        Parameters
        ----------
        X : (n, r) float64
            Features in the columns that the model ``reads``, NaN for missing.
        peers : (n, 3) int
            Codes as in training; unknown combinations fall back to coarser groups.
        threads : int
            Never changes a bit.
        contributions : bool
            Whether to fill the three (n, r) arrays. For a million accounts leave them out and
            call `attributions` for those that are shown.
        known : RawViews or None
            What is known of these rows already: see `raw_views`.
        """
        own, peers = self.own(X), check_codes(peers)
        check_same_rows(len(own), peers=peers)
        group = self.tail_peers.assign(peers)
        raw = self.with_learnt(self.raw_views(own, peers, threads, known), group)
        said = self.reference.said(raw.scores, group, taught=self.taught)
        beside = self.placeless.said(raw.calm, group, taught=self.taught)
        speaks = combine.speaking(np.where(self._places.families, said.family_p, beside.family_p))
        agreed = combine.corroborated(speaks, self.families)
        if self.learnt is not None:
            agreed |= self.learnt.sure(raw.calm[:, 0])
        some = slice(None) if contributions else slice(0)
        why = self.attributions(X[some], peers[some], threads=threads)
        return AccountScores(
            raw=raw.scores[:, 0].copy(),
            base=self.joint.base,
            **vars(why),
            family_p=said.family_p,
            families=self.families,
            statistic=said.statistic,
            p_value=beside.p_value,
            p_with_place=said.p_value,
            q_value=np.full(len(own), np.nan),
            level=said.level,
            placeless_raw=raw.calm[:, 0].copy(),
            placeless_level=beside.level,
            evidence=combine.evidence(said.level, agreed),
            speaks=speaks,
            agreed=agreed,
            coverage=(~np.isnan(own))[:, ~both_sided(self.specs)].mean(axis=1),
        )

    def attributions(
        self,
        X: FloatArray,
        peers: IntArray,
        *,
        threads: int = 1,
        exact: bool = False,
    ) -> Attributions:
        """Explain the joint score of each row: see `Attributions`.

        ``exact`` gives Shapley values instead of path attributions: for the rows that people
        are shown, as they cost a hundred times as much.
        """
        own, group = self._heard(self.own(X)), self.peers.assign(check_codes(peers))
        rows = self.joint_rows(X, peers)
        carried = (
            self.joint.exact_attributions(rows)
            if exact
            else self.joint.attributions(rows, threads=threads)
        )
        columns = Columns.by_name(self.names, self.reads)
        shared = self._joint_columns.share_out(carried)
        if self.learnt is not None:
            levels, directed = self.family_levels(X, peers), self.directed(X, peers)
            shared = shared + self.learnt.contributions(levels, directed, self.specs)
        return Attributions(
            columns.share_out(shared),
            columns.spread(np.where(np.isnan(own), np.nan, self.baseline.median[group])),
            columns.spread(self.feature_tails.shares(own * self.direction, group)),
        )

    def directed(self, X: FloatArray, peers: IntArray) -> Float32:
        """Return (n, d) float32 directed rows of the model's own columns."""
        return self._directed(self.own(X), check_codes(peers))

    def joint_rows(self, X: FloatArray, peers: IntArray) -> Float32:
        """Return the float32 rows that the joint view reads."""
        return self._joint_columns.pick(self.directed(X, peers))

    def family_levels(self, X: FloatArray, peers: IntArray) -> FloatArray:
        """Return (n, F) how far out each family's view lies among peers; 0 where it is missing."""
        peers = check_codes(peers)
        raw = self.raw_views(self.own(X), peers, threads=1)
        return _counted(self.reference.levels(raw.scores, self.tail_peers.assign(peers)))

    def with_learnt(self, raw: RawViews, group: IntArray) -> RawViews:
        """Return raw scores of peer groups (n,) with what decisions add to the joint one."""
        if self.learnt is None:
            return raw
        scores, calm = raw.scores.copy(), raw.calm.copy()
        for found, reference in ((scores, self.reference), (calm, self.placeless)):
            found[:, 0] += self.learnt.added(_counted(reference.levels(found, group)))
        return replace(raw, scores=scores, calm=calm)

    def raw_views(
        self,
        own: FloatArray,
        peers: IntArray,
        threads: int,
        known: RawViews | None = None,
    ) -> RawViews:
        """Return the raw scores of all views.

        What is ``known`` of the same rows by the same views is not computed again.
        """
        if known is not None and known.joint is self.joint and known.families is self.family_views:
            return known
        alike = known is not None and known.families is self.family_views
        wanted = [0] if alike else list(range(1 + len(self.family_views)))
        shape = len(own), 1 + len(self.family_views)
        found = [np.empty(shape), np.empty(shape)]
        if known is not None and alike:
            found = [known.scores.copy(), known.calm.copy()]
        for at in range(0, len(own), BLOCK):
            rows = slice(at, at + BLOCK)
            directed = self._directed(own[rows], peers[rows])
            for view in wanted:
                columns = self._columns(view)
                seen = self._places.seen(directed, columns)
                calm = self._places.ordinary(directed[seen], columns)
                # Both at once: a tree costs hardly more for a few rows more.
                both = np.concatenate([directed[:, columns], calm])
                score = self._raw(view, both, threads)
                found[0][rows, view] = found[1][rows, view] = score[: len(directed)]
                found[1][at + seen, view] = score[len(directed) :]
        found[1][:, 1:][:, self._places.families] = np.nan
        return RawViews(found[0], found[1], self.joint, self.family_views)

    def _columns(self, view: int) -> IntArray | slice:
        """The columns of a view: 0 is the joint one, then the families'."""
        return columns_of(self.specs, self.families[view - 1]) if view else slice(None)

    def _raw(self, at: int, directed: Float32, threads: int) -> FloatArray:
        """Raw scores of directed rows in one view's `_columns`."""
        if not at:
            joint = self._joint_columns.pick(directed)
            return self.joint.raw(joint, threads=threads)
        score = self.family_views[at - 1].raw(directed, threads=threads)
        return np.where(np.isnan(directed).all(axis=1), np.nan, score)

    def _heard(self, own: FloatArray) -> FloatArray:
        """The columns that the joint score reads; NaN in those that have no say."""
        deaf = ~np.isin(self.names, [*self.joint_names, *self._in_learnt])
        return np.where(deaf, np.nan, own) if deaf.any() else own

    def _directed(self, own: FloatArray, peers: IntArray) -> Float32:
        return as_read(self.specs, self.baseline, own, self.peers.assign(peers))

    @cached_property
    def _places(self) -> Places:
        return Places.of(self.specs)

    @property
    def _joint_columns(self) -> Columns:
        return Columns.by_name(self.joint_names, self.names)


def _counted(levels: FloatArray) -> FloatArray:
    """Levels of the families (n, F) as decisions read them, of (n, 1 + F)."""
    return np.minimum(np.nan_to_num(levels[:, 1:]), MOST)


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
