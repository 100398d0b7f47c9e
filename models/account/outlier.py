"""Any outlier detector as a view: scikit-learn's, pyod's, or one like them.

What is kept of a fitted detector is the rows it was fitted on, and the scores of some of them;
a loaded one is fitted anew on those rows. So a model folder holds numbers alone, and whatever
fits and scores the same from the same rows can be a view. Where libraries or settings have
changed since, the kept scores say so.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.arrays import ArrayReader
from models.errors import ModelFormatError
from models.forest.sampling import Stream
from models.population.reference import reference_rows

Rows = NDArray[np.floating]
FloatArray = NDArray[np.float64]

_KIND: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")
#: Rows whose scores are kept, to tell whether a detector fitted anew is the same.
_PROBES: Final = 32
#: Rows that are scored at once to tell what their columns carry.
_BLOCK: Final = 8192
#: Rows that are scored alone, to tell whether their company changes a score.
_ALONE: Final = 8
#: How far scores of the same row may lie apart, as a share.
_SAME: Final = 1e-6
_STREAM: Final = 1 << 35
#: What a detector scores new rows with; the first that it has is asked.
_SCORERS: Final = ("score_samples", "decision_function")


class Detector(Protocol):
    """An unfitted outlier detector with ``fit`` and ``score_samples`` or ``decision_function``.

    ``score_samples`` is larger for what is more normal, as in scikit-learn; a
    ``decision_function`` without it is larger for what is less normal, as in pyod.
    """

    def fit(self, X: Any) -> Any:
        """Learn what is ordinary from (n, d) rows."""
        ...


@dataclass(frozen=True)
class OutlierView:
    """Makes views of an outlier detector: ``train_logs(logs, view=OutlierView(detector))``.

    Rows are directed: 0 is ordinary among peers and 1 about as far out as peers differ; a
    missing value is taken for 0. The detector must score every row alone and give the same
    from the same rows, so seed it; one that scores rows by their company is refused. What a
    column carries is how far the score falls when that column is made ordinary.

    Parameters
    ----------
    detector
        Unfitted; it is copied, never changed.
    kind
        The name it is stored under; default: the name of its class in lower case.
    rows
        Most rows that it is fitted on, drawn by the seed; they are kept in the model.

    Raises
    ------
    ValueError
        Where the detector has no ``fit``, or the kind or rows are none.

    Notes
    -----
    A column carries its share of what lies between the base and the score, in proportion to the
    fall of the score when the column alone is set to 0 (occlusion: Zeiler and Fergus, ECCV 2014,
    doi:10.1007/978-3-319-10590-1_53), so that contributions add up; they are no Shapley values.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neighbors import LocalOutlierFactor
    >>> lof = OutlierView(LocalOutlierFactor(novelty=True, algorithm="kd_tree"), kind="lof")
    >>> X = np.r_[np.random.default_rng(0).random((200, 2)), [[9.0, 0.0]]].astype(np.float32)
    >>> view = lof.fit(X[:200])
    >>> int(view.raw(X).argmax())
    200
    >>> view.attributions(X)[200].round(1).tolist()[1]
    0.0
    """

    detector: Detector
    kind: str = ""
    rows: int = 2000

    def __post_init__(self) -> None:
        if isinstance(self.detector, type):
            raise ValueError(
                f"detector is the class {self.detector.__name__}; give one made of it: "
                f"OutlierView({self.detector.__name__}(...))"
            )
        kind = self.kind or type(self.detector).__name__.lower()
        if not _KIND.fullmatch(kind):
            raise ValueError(f"{kind[:60]!r} cannot name a view; use a-z, 0-9, - and _")
        if not hasattr(self.detector, "fit"):
            raise ValueError(
                f"a {type(self.detector).__name__} is no outlier detector: it has no fit; give "
                "one such as LocalOutlierFactor(novelty=True)"
            )
        if not any(hasattr(self.detector, name) for name in _SCORERS):
            raise ValueError(
                f"a {type(self.detector).__name__} cannot score rows that it was not fitted on: as "
                f"it is set, it has neither {' nor '.join(_SCORERS)}; give one that can, such as "
                "LocalOutlierFactor(novelty=True)"
            )
        if self.rows < 2:
            raise ValueError(f"rows is {self.rows}; a detector needs at least 2 to compare")
        object.__setattr__(self, "kind", kind)

    def fit(
        self,
        X: Rows,
        *,
        groups: NDArray[np.generic] | None = None,
        sample_weight: FloatArray | None = None,
        seed: int = 0,
        **_settings: int,
    ) -> Outliers:
        """Fit the detector on reference rows: see `ViewMaker.fit`.

        Raises
        ------
        ValueError
            If its scores are not finite, a row's score depends on the others, or the detector
            scores otherwise when it is fitted on the same rows again.
        """
        idle = None if sample_weight is None else sample_weight == 0.0
        known = _filled(X)[reference_rows(len(X), idle, seed, groups)]
        view = self._fitted(_some(known, self.rows, seed))
        _check_alone(view)
        if not _same(view.probes, self._fitted(view.rows).probes):
            raise ValueError(
                f"the view '{self.kind}' gives other scores each time it is fitted on the same "
                "rows, so that no stored model could be checked: seed the detector "
                "(random_state=0)"
            )
        return view

    def from_arrays(self, arrays: Mapping[str, NDArray[np.generic]], prefix: str) -> Outliers:
        """Fit it anew on stored rows.

        Raises
        ------
        ModelFormatError
            If the arrays do not fit, or it gives other scores than when it was stored.
        """
        get = ArrayReader(arrays, prefix)
        values, width = get("rows", np.float64), get("width", np.int64)
        if len(width) != 1 or width[0] < 1 or len(values) % width[0] or not len(values):
            raise ModelFormatError(f"{prefix}rows does not hold rows of {prefix}width columns")
        view = self._fitted(values.reshape(-1, int(width[0])))
        stored, again = get("scores", np.float64), view.probes
        if stored.shape != again.shape or not _same(stored, again):
            raise ModelFormatError(
                f"the view '{self.kind}' gives other scores than when the model was trained: give "
                "the same detector with the same settings and library, or train again"
            )
        return view

    def _fitted(self, rows: FloatArray) -> Outliers:
        detector: Any = copy.deepcopy(self.detector)
        detector.fit(rows)
        return Outliers(self.kind, detector, rows)


@dataclass(frozen=True)
class Outliers:
    """A fitted detector as a `models.account.view.View`."""

    kind: str
    detector: Any
    rows: FloatArray

    @property
    def n_features(self) -> int:
        """Columns that are read."""
        return int(self.rows.shape[1])

    @cached_property
    def base(self) -> float:
        """Score of a row that is ordinary in everything."""
        return float(self._scores(np.zeros((1, self.n_features)))[0])

    @cached_property
    def probes(self) -> FloatArray:
        """Scores of some kept rows, from the most ordinary to the farthest out."""
        return self._scores(_spread(self.rows, _PROBES))

    def raw(self, X: Rows, **_how: object) -> FloatArray:
        """Return (n,) scores: larger = more suspicious."""
        return self._scores(_filled(X)) if len(X) else np.zeros(0)

    def attributions(self, X: Rows, **_how: object) -> FloatArray:
        """Return (n, d) contributions; each row sums with `base` to `raw`.

        What lies between `base` and a row's score is shared out by how far the score falls
        when one column is made ordinary; evenly among the columns that stand out where it
        never falls.
        """
        rows = _filled(X)
        over = self.raw(rows) - self.base
        weight = np.maximum(self._falls(rows), 0.0)
        silent = weight.sum(axis=1) <= 0.0
        weight[silent] = rows[silent] != 0.0
        weight[weight.sum(axis=1) <= 0.0] = 1.0
        shares: FloatArray = over[:, None] * weight / weight.sum(axis=1, keepdims=True)
        return shares

    def exact_attributions(self, X: Rows) -> FloatArray:
        """Return `attributions`: of a detector that nobody knows there are no exact ones."""
        return self.attributions(X)

    def to_arrays(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Return the rows it was fitted on, and what it says of some of them."""
        return {
            f"{prefix}rows": self.rows.ravel(),
            f"{prefix}width": np.array([self.n_features], dtype=np.int64),
            f"{prefix}scores": self.probes,
        }

    def _falls(self, rows: FloatArray) -> FloatArray:
        """By how much each row's score falls when a column that stands out is ordinary."""
        falls, score = np.zeros(rows.shape), self.raw(rows)
        row, column = np.nonzero(rows)
        for at in range(0, len(row), _BLOCK):
            i, j = row[at : at + _BLOCK], column[at : at + _BLOCK]
            without = rows[i]
            without[np.arange(len(i)), j] = 0.0
            falls[i, j] = score[i] - self.raw(without)
        return falls

    def _scores(self, rows: FloatArray) -> FloatArray:
        normal = getattr(self.detector, "score_samples", None)
        found = self.detector.decision_function(rows) if normal is None else -normal(rows)
        scores = np.asarray(found, dtype=np.float64).ravel()
        if scores.shape != (len(rows),) or not np.isfinite(scores).all():
            raise ValueError(
                f"the view '{self.kind}' gave {int((~np.isfinite(scores)).sum())} scores that are "
                f"no finite numbers, of {len(rows)} rows; give a detector that scores every row"
            )
        return scores


def _filled(X: Rows) -> FloatArray:
    """Rows with ordinary values in the place of missing ones."""
    filled: FloatArray = np.nan_to_num(np.asarray(X, dtype=np.float64), nan=0.0)
    return filled


def _some(rows: FloatArray, most: int, seed: int) -> FloatArray:
    """At most so many of the rows, in an order that does not depend on theirs."""
    ordered = rows[np.lexsort(rows.T[::-1])]
    if len(ordered) <= most:
        return ordered
    drawn = np.argsort(Stream(seed, _STREAM).uniform(len(ordered)), kind="stable")[:most]
    return ordered[np.sort(drawn)]


def _spread(rows: FloatArray, most: int) -> FloatArray:
    """At most so many rows, the first and the last among them."""
    return rows[np.unique(np.linspace(0, len(rows) - 1, most).astype(np.int64))]


def _same(one: FloatArray, other: FloatArray) -> bool:
    return bool(np.allclose(one, other, rtol=_SAME, atol=_SAME))


def _check_alone(view: Outliers) -> None:
    """Refuse a detector that scores a row by its company: company is no sign."""
    rows = _spread(view.rows, _ALONE)
    apart = [view.raw(row[None])[0] for row in rows]
    if not _same(view.raw(rows), np.array(apart)):
        raise ValueError(
            f"the view '{view.kind}' scores a row by the rows that are scored with it; give a "
            "detector that scores every row alone (pyod's ECOD and COPOD do not: view='ecod' "
            "is one that does)"
        )
