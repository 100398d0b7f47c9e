"""The sample as numbers and label-free scores, made once; tests change copies."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.pipeline.prepare import Prepared, Stages, prepare
from detector.pipeline.run import Asked, assess
from detector.pipeline.scoring import Scored
from detector.pipeline.training import Trained, train
from detector.sources import read_logs

SAMPLE = Path(__file__).parents[2] / "sample_logs"


@pytest.fixture(scope="session")
def prepared() -> Prepared:
    return prepare(read_logs(SAMPLE), None, Stages())


@pytest.fixture(scope="session")
def trained(prepared: Prepared) -> Trained:
    return train(prepared, seed=0, threads=1, priors={})


@pytest.fixture(scope="session")
def scored(prepared: Prepared, trained: Trained) -> Scored:
    return assess(trained.cases["none"], prepared, Asked()).scored
