"""The prior that ships reads this version's features, and a taught one can be named."""

from pathlib import Path

import numpy as np
import pytest

from detector.errors import DataError, ModelError
from detector.modelfolder import UNTAUGHT
from detector.pipeline.teaching import Lesson
from detector.pipeline.training import SHIPPED, load_prior, shipped_priors
from features import REGISTRY
from models.account.columns import FeatureSpec
from models.account.prior import TaughtWorld, teach
from models.account.rings import SHAPE_FEATURES
from models.files.prior import save_prior


def test_the_shipped_prior_reads_the_features_of_this_version() -> None:
    prior = shipped_priors()[SHIPPED]
    assert list(prior.features) == REGISTRY.names(), (
        "runs score past features that the shipped prior does not know; teach it anew before they "
        "are merged: python tools/teach_prior.py"
    )
    assert prior.accounts.n_features == len(REGISTRY)


def test_a_folder_that_holds_no_prior_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="prior"):
        load_prior(tmp_path)


def test_teaching_needs_a_truth(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "accounts.csv").write_text("account_id,created_at\na,2026-01-01\n")
    (tmp_path / "logs" / "usage.csv").write_text(
        "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,ChargeCategory,ServiceName,"
        "ConsumedQuantity,ConsumedUnit,SkuId\n"
        "2026-01-01,2026-01-02,a,Usage,Compute,1,Hours,x\n"
    )
    with pytest.raises(DataError, match=r"truth\.parquet"):
        Lesson.of(tmp_path / "logs")


FOUR = [FeatureSpec(name, "F01", 1) for name in "abcd"]


def world(seed: int) -> TaughtWorld:
    """Planted accounts stand out in column 0; rings of three, the first twenty of them bad."""
    rng = np.random.default_rng(seed)
    proxy = np.arange(600) < 60
    directed = np.abs(rng.normal(size=(600, 4))).astype(np.float32)
    directed[proxy, 0] += 2.0
    ring_of = np.where(np.arange(600) < 300, np.arange(600) // 3, -1)
    shape = {name: rng.random(100) for name in SHAPE_FEATURES} | {"size": np.full(100, 3.0)}
    planted = np.where(proxy, np.arange(600) // 3, -1)
    return TaughtWorld(directed, planted, ring_of, shape)


def test_a_planted_ring_counts_by_the_root_of_its_size() -> None:
    planted = np.array([7, 7, 7, 7, -1, 2, -1])
    rings = {name: np.zeros(0) for name in SHAPE_FEATURES}
    alone = np.full(7, -1)
    weight = TaughtWorld(np.zeros((7, 1), np.float32), planted, alone, rings).weight
    assert weight[planted < 0].tolist() == [1.0, 1.0]
    assert weight[5] / weight[0] == pytest.approx(2.0)
    assert weight[planted >= 0].mean() == pytest.approx(1.0)


def test_what_is_taught_holds_on_another_world(tmp_path: Path) -> None:
    prior = teach([world(1), world(2)], FOUR, rounds=40)
    save_prior(prior, tmp_path / "p", {"name": "x"})
    again = load_prior(tmp_path / "p")
    fresh = world(3)
    raw = again.accounts.raw(fresh.directed)
    np.testing.assert_array_equal(raw, prior.accounts.raw(fresh.directed))
    beaten = (raw[fresh.proxy][:, None] > raw[~fresh.proxy][None, :]).mean()
    assert beaten > 0.9
    assert UNTAUGHT not in shipped_priors()
