"""What pyod's own tests ask of a detector, asked of the adapter beside pyod's IForest.

Left out, and why: `estimators_`, `estimators_samples_` and `feature_importances_` of IForest
(the trees are arrays, not estimators; reasons come from `attributions`), and scikit-learn's
`check_estimator` (pyod skips it too: its constructor checks its arguments).
"""

import numpy as np
import pytest
from pyod.models.base import BaseDetector
from pyod.models.iforest import IForest
from pyod.utils.data import generate_data
from sklearn.base import clone

from models import ProxyForestOD
from models.account.heldout import auroc


def _data() -> tuple[np.ndarray, ...]:
    return generate_data(n_train=200, n_test=100, contamination=0.1, random_state=7)


@pytest.fixture(name="detector", params=[ProxyForestOD, IForest])
def _detector(request: pytest.FixtureRequest) -> BaseDetector:
    return request.param(n_estimators=100, contamination=0.1, random_state=0).fit(_data()[0])


def test_fitting_sets_scores_threshold_and_labels(detector: BaseDetector) -> None:
    assert detector.decision_scores_.shape == detector.labels_.shape == (200,)
    assert detector.labels_.sum() == 20
    assert (detector.labels_ == (detector.decision_scores_ > detector.threshold_)).all()


def test_outliers_score_higher(detector: BaseDetector) -> None:
    _, X, _, y = _data()
    scores = detector.decision_function(X)
    assert scores.shape == (100,)
    assert auroc(scores, y == 1) > 0.95


@pytest.mark.parametrize("method", ["linear", "unify"])
def test_probabilities_lie_between_zero_and_one(detector: BaseDetector, method: str) -> None:
    chance = detector.predict_proba(_data()[1], method=method)
    assert chance.shape == (100, 2)
    assert ((chance >= 0.0) & (chance <= 1.0)).all()
    if method == "linear":
        assert np.allclose(chance.sum(axis=1), 1.0)


def test_labels_and_confidence(detector: BaseDetector) -> None:
    labels, confidence = detector.predict(_data()[1], return_confidence=True)
    assert set(np.unique(labels)) <= {0, 1}
    assert ((confidence >= 0.0) & (confidence <= 1.0)).all()


def test_rejection_leaves_out_what_is_unclear(detector: BaseDetector) -> None:
    assert set(np.unique(detector.predict_with_rejection(_data()[1], c_r=0.1))) <= {-2, 0, 1}


def test_unknown_probability_methods_are_refused(detector: BaseDetector) -> None:
    with pytest.raises(ValueError, match="not a valid probability"):
        detector.predict_proba(_data()[1], method="something")


def test_parameters_can_be_read_set_and_cloned(detector: BaseDetector) -> None:
    copy = clone(detector).set_params(n_estimators=7)
    assert copy.get_params()["n_estimators"] == 7
    assert not hasattr(copy, "decision_scores_")


def test_unfitted_detectors_say_so() -> None:
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError):
        ProxyForestOD().decision_function(_data()[1])


@pytest.mark.parametrize("share", [0.0, 0.6, -1])
def test_impossible_contamination_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="contamination"):
        ProxyForestOD(contamination=share)
