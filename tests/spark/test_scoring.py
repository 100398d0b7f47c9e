"""Blocks that tasks score are, put together, the scores of one process."""

from __future__ import annotations

import numpy as np

from detector.spark.scoring import blocks, score_blocks, scores_of
from models.account.columns import FeatureSpec
from models.account.fitting import fit_model


def test_blocks_put_together_are_the_scores_of_the_whole() -> None:
    rng = np.random.default_rng(0)
    specs = [FeatureSpec(f"f{i}", f"F0{1 + i // 2}", 1) for i in range(4)]
    X, peers = rng.lognormal(size=(20_000, 4)), rng.integers(0, 2, size=(20_000, 3))
    model = fit_model(X[:500], specs, peers[:500], n_estimators=5)
    boxes = [b for box in blocks(X, peers) for b in score_blocks(model, box.bucket, [box])]
    assert len(boxes) == 2
    whole, found = model.score(X, peers), scores_of(model, boxes)
    for name, array in whole.arrays().items():
        np.testing.assert_array_equal(array, getattr(found, name), err_msg=name)
    assert (found.base, found.families) == (whole.base, whole.families)
