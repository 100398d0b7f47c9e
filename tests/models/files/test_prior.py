"""A stored prior says which features it knows, and those of earlier versions are read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.account.columns import FeatureSpec
from models.account.prior import Prior
from models.account.rings import RING_FEATURES
from models.errors import ModelFormatError
from models.files import store
from models.files.prior import KIND, load_prior, save_prior
from models.forest.forest import ArrayForest

SPECS = (FeatureSpec("a", "F01", 1), FeatureSpec("b", "F02", -1))


def _forest(d: int) -> ArrayForest:
    return ArrayForest.fit(np.random.default_rng(0).random((50, d)), n_estimators=3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    prior = Prior(("a", "b"), _forest(2), _forest(len(RING_FEATURES)), SPECS)
    save_prior(prior, tmp_path / "p", {"name": "x"})
    return tmp_path / "p"


def test_features_come_back_with_family_and_side(folder: Path) -> None:
    prior = load_prior(folder)
    assert (prior.features, prior.specs) == (("a", "b"), SPECS)
    turned = [FeatureSpec("a", "F01", -1)]
    assert prior.sides(turned) == SPECS


def test_names_alone_are_taken_for_the_features_at_hand(folder: Path, tmp_path: Path) -> None:
    arrays, meta = store.read(folder, KIND)
    store.write(tmp_path / "old", KIND, arrays, {k: v for k, v in meta.items() if k != "specs"})
    prior = load_prior(tmp_path / "old")
    assert prior.specs == ()
    assert prior.sides([*SPECS, FeatureSpec("new", "F02", 1)]) == SPECS


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"features": ["a", "c"]}, "features and their sides differ"),
        ({"features": ["a", "a"]}, "names a feature twice"),
        ({"features": "ab"}, "not a list of names"),
        ({"features": ["a"], "specs": []}, "do not read its features"),
        ({"ring_features": ["size"]}, "do not read its features"),
        ({"ring_features": ["breath"]}, "taught on other ring features"),
    ],
)
def test_a_prior_that_does_not_fit_itself_is_refused(
    folder: Path, tmp_path: Path, change: dict[str, object], sentence: str
) -> None:
    arrays, meta = store.read(folder, KIND)
    store.write(tmp_path / "odd", KIND, arrays, {**meta, **change})
    with pytest.raises(ModelFormatError, match=sentence):
        load_prior(tmp_path / "odd")


def test_a_prior_of_fewer_ring_features_reads_them_by_name(folder: Path, tmp_path: Path) -> None:
    kept = [name for name in RING_FEATURES if name != "size"]
    rings = _forest(len(kept))
    arrays, meta = store.read(folder, KIND)
    older = {k: v for k, v in arrays.items() if not k.startswith("rings.")}
    older |= rings.to_arrays("rings.")
    store.write(tmp_path / "older", KIND, older, {**meta, "ring_features": kept})
    rows = np.random.default_rng(1).random((20, len(RING_FEATURES)))
    places = [RING_FEATURES.index(name) for name in kept]
    found = load_prior(tmp_path / "older").rings.raw(rows)
    assert found.tolist() == rings.raw(rows[:, places]).tolist()
