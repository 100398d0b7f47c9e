"""What the detector must beat: plain rankings and off-the-shelf detectors, arrays in and out.

Every function returns one score per row, larger = more suspicious. scikit-learn and pyod are
imported inside the functions that use them. The supervised ceiling is a yardstick for
simulated worlds and is never shipped as a detector: it needs truth.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

RED_FLAG_TAIL: Final = 0.01


def filled(X: Floats) -> Floats:
    """Replace missing values by the column's median (0 where a column is empty).

    Examples
    --------
    >>> filled(np.array([[1.0, np.nan], [3.0, np.nan], [np.nan, np.nan]])).tolist()
    [[1.0, 0.0], [3.0, 0.0], [2.0, 0.0]]
    """
    missing = np.isnan(X)
    known = [column[~gone] for column, gone in zip(X.T, missing.T, strict=True)]
    medians = np.array([np.median(values) if values.size else 0.0 for values in known])
    return np.where(missing, medians, X)


def by_size(x: Floats) -> Floats:
    """Rank by one quantity, such as spend or controlled GPU-hours; missing is smallest.

    Parameters
    ----------
    x : (n,) float
    """
    return np.where(np.isnan(x), -np.inf, x)


def sklearn_forest(X: Floats, *, seed: int = 0, n_estimators: int = 300) -> Floats:
    """Score with scikit-learn's isolation forest as it comes.

    Parameters
    ----------
    X : (n, d) float, NaN = missing (median-filled)
    seed : random_state
    n_estimators : trees
    """
    from sklearn.ensemble import IsolationForest

    data = filled(X)
    forest = IsolationForest(n_estimators=n_estimators, random_state=seed).fit(data)
    return np.asarray(-forest.score_samples(data), dtype=np.float64)


def pyod_iforest(X: Floats, *, seed: int = 0, n_estimators: int = 300) -> Floats:
    """Score with pyod's IForest; parameters as in :func:`sklearn_forest`."""
    from pyod.models.iforest import IForest

    model = IForest(n_estimators=n_estimators, random_state=seed).fit(filled(X))
    return np.asarray(model.decision_scores_, dtype=np.float64)


def pyod_ecod(X: Floats) -> Floats:
    """Score with pyod's ECOD, which has no parameters.

    Reference: Li et al., ECOD, IEEE TKDE 2022, doi:10.1109/TKDE.2022.3159580.
    """
    from pyod.models.ecod import ECOD

    data = filled(X)
    varied = data[:, np.ptp(data, axis=0) > 0]  # a constant column has no skew to ask for
    return np.asarray(ECOD().fit(varied).decision_scores_, dtype=np.float64)


def aurocs(X: Floats, y: npt.NDArray[np.bool_]) -> Floats:
    """Area under the ROC curve of each column alone, ties halved; NaN without both classes.

    Parameters
    ----------
    X : (n, d) float, NaN counts as smallest
    y : (n,) bool
    """
    from scipy.stats import rankdata

    ones, zeros = int(y.sum()), int((~y).sum())
    if ones == 0 or zeros == 0:
        return np.full(X.shape[1], np.nan)
    ranks = rankdata(np.where(np.isnan(X), -np.inf, X), axis=0)
    area: Floats = (ranks[y].sum(axis=0) - ones * (ones + 1) / 2) / (ones * zeros)
    return area


def red_flags(X: Floats, directions: Ints, *, tail: float = RED_FLAG_TAIL) -> Floats:
    """Count the features that lie in the suspicious tail of all accounts.

    Parameters
    ----------
    X : (n, d) float, NaN = missing, never a flag
    directions : (d,) int, +1 high is suspicious, -1 low
    tail : share of accounts beyond a flag's threshold
    """
    flags = np.zeros(X.shape[0])
    for column, direction in zip(X.T, directions, strict=True):
        side = column * direction
        known = side[~np.isnan(side)]
        if known.size:
            flags += side > np.quantile(known, 1 - tail)
    return flags


def supervised_ceiling(
    X: Floats, y: npt.NDArray[np.bool_], X_new: Floats, *, seed: int = 0
) -> Floats:
    """Score new rows with gradient boosting trained on labelled rows of other worlds.

    Parameters
    ----------
    X : (n, d) float, NaN = missing
    y : (n,) bool, True = proxy
    X_new : (m, d) float
    seed : random_state

    Returns
    -------
    (m,) float
        Log-odds of being a proxy.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

    model = HistGradientBoostingClassifier(
        max_iter=300,
        learning_rate=0.06,
        max_leaf_nodes=15,
        min_samples_leaf=10,
        l2_regularization=1.0,
        random_state=seed,
    )
    known = ~np.isnan(X).all(axis=0)  # scikit-learn cannot bin a column without a value
    with threadpool_limits(limits=1):  # its threads spin while they wait: slow beside others
        model.fit(X[:, known], y)
        return np.asarray(model.decision_function(X_new[:, known]), dtype=np.float64)
