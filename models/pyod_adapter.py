"""`ProxyForestOD`: the array forest behind pyod's detector interface."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pyod.models.base import BaseDetector
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from models.estimator import ProxyForest

FloatArray = NDArray[np.float64]


class ProxyForestOD(BaseDetector):  # type: ignore[misc]  # pyod has no types
    """`ProxyForest` with pyod's ``decision_function`` (larger = more abnormal).

    ``predict``, ``predict_proba`` and ``predict_confidence`` come from pyod and rest on
    ``contamination``, a guess about the share of outliers; nothing else here does.

    Parameters
    ----------
    n_estimators, max_samples, n_jobs, random_state
        As in `ProxyForest`.
    contamination : float in (0, 0.5]
        Share of training rows that ``predict`` calls outliers.

    Attributes
    ----------
    forest_ : ProxyForest
        The fitted forest.
    decision_scores_ : (n,) float64
        Scores of the training rows: larger = more abnormal.
    threshold_ : float
        The score from which ``contamination`` of the training rows are outliers.
    labels_ : (n,) int
        1 for an outlier among the training rows, else 0.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.r_[np.random.default_rng(0).normal(size=(500, 2)), [[6.0, 6.0]]]
    >>> found = ProxyForestOD(n_estimators=100, contamination=0.01).fit(X)
    >>> int(found.decision_function(X).argmax()), int(found.labels_.sum())
    (500, 5)
    """

    def __init__(
        self,
        contamination: float = 0.1,
        *,
        n_estimators: int = 1000,
        max_samples: int = 256,
        n_jobs: int | None = None,
        random_state: Any = 0,
    ) -> None:
        super().__init__(contamination=contamination)
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Grow the forest on (n, d) rows of finite numbers; ``y`` is ignored."""
        X = check_array(X)
        self._set_n_classes(y)
        self.forest_ = ProxyForest(
            n_estimators=self.n_estimators,
            max_samples=self.max_samples,
            n_jobs=self.n_jobs,
            random_state=self.random_state,
        ).fit(X)
        self.decision_scores_ = -self.forest_.score_samples(X)
        self._process_decision_scores()
        return self

    def decision_function(self, X: Any) -> FloatArray:
        """Return (n,) anomaly scores in (0, 1]: larger = more abnormal."""
        check_is_fitted(self, ["decision_scores_", "threshold_", "labels_"])
        return -self.forest_.score_samples(check_array(X))
