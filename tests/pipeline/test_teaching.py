"""A prior is taught each world twice: as it is, and as a provider would see it who lacks tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from detector.pipeline import teaching
from detector.pipeline.engine import LocalEngine
from detector.pipeline.prepare import Prepared, Stages
from detector.pipeline.teaching import Lesson, teach_prior
from detector.sources import Source, read_logs
from features.build import REGISTRY
from models.account.prior import TaughtWorld

ROOT = Path(__file__).parents[2]
# What a provider may well not have, one thing after the other.
LACKING = [{"gpu_telemetry", "inventory"}, {"events"}, {"payments"}, {"model_usage"}]


@dataclass(frozen=True)
class Ready(LocalEngine):
    """An engine whose work is done already."""

    prepared: Prepared | None = None

    def prepare(self, source: Source, as_of: datetime | None, stages: Stages) -> Prepared:
        assert self.prepared is not None
        return self.prepared


@pytest.fixture
def worlds(prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> list[TaughtWorld]:
    """What is taught in as many lessons as there are kinds of absence, all of one world."""
    taught: list[TaughtWorld] = []

    def note(worlds: Sequence[TaughtWorld], *_: object, **__: object) -> None:
        taught.extend(worlds)

    monkeypatch.setattr(teaching, "teach", note)
    truth = pl.read_parquet(ROOT / "tests" / "data" / "sample_logs.truth.parquet")
    lesson = Lesson(read_logs(ROOT / "sample_logs"), truth)
    teach_prior([lesson] * len(LACKING), engine=Ready(prepared=prepared))
    return taught


def test_each_world_is_taught_again_without_what_some_providers_lack(
    worlds: list[TaughtWorld],
) -> None:
    assert len(worlds) == 2 * len(LACKING)
    for whole, bare, lacking in zip(worlds[::2], worlds[1::2], LACKING, strict=True):
        reads = np.array([bool(lacking & set(feature.inputs)) for feature in REGISTRY])
        assert 0 < reads.sum() < len(reads)
        assert not np.isnan(whole.directed[:, reads]).all(axis=0).all()
        assert np.isnan(bare.directed[:, reads]).all()
        np.testing.assert_array_equal(bare.directed[:, ~reads], whole.directed[:, ~reads])
        np.testing.assert_array_equal(bare.planted, whole.planted)
