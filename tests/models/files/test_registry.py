"""Models are listed, promoted and rolled back; damage is seen before it scores."""

from pathlib import Path

import numpy as np
import pytest

from models.account.columns import FeatureSpec
from models.account.fitting import fit_model
from models.errors import ModelFormatError
from models.files.card import ModelCard
from models.files.model import save_model
from models.files.registry import (
    challenge,
    list_models,
    model_path,
    promote,
    read_registry,
    rollback,
)

WHO = {"at": "2026-11-22T00:00:00Z", "by": "reviewer-1", "reason": "test"}


def _add(root: Path, seed: int) -> str:
    X = np.random.default_rng(0).normal(size=(100, 2))
    specs = [FeatureSpec("a", "F01", 1), FeatureSpec("b", "F02", 1)]
    model = fit_model(X, specs, np.zeros((100, 3), dtype=int), n_estimators=5, seed=seed)
    save_model(model, root / model.model_id, {"seed": seed})
    return model.model_id


def test_promotion_and_rollback_walk_the_line_of_champions(tmp_path: Path) -> None:
    a, b, c = (_add(tmp_path, seed) for seed in (1, 2, 3))
    for model_id in (a, b, c):
        promote(tmp_path, model_id, **WHO)
    assert read_registry(tmp_path).champion == c
    assert rollback(tmp_path, **WHO).champion == b
    assert rollback(tmp_path, **WHO).champion == a
    with pytest.raises(KeyError, match="no earlier champion"):
        rollback(tmp_path, **WHO)
    promote(tmp_path, c, **WHO)
    assert rollback(tmp_path, **WHO).champion == a
    assert len(read_registry(tmp_path).history) == 7


def test_champion_and_challenger_stand_side_by_side(tmp_path: Path) -> None:
    a, b = _add(tmp_path, 1), _add(tmp_path, 2)
    promote(tmp_path, a, **WHO)
    challenge(tmp_path, b)
    roles = {entry.model_id: entry.role for entry in list_models(tmp_path)}
    assert roles == {a: "champion", b: "challenger"}
    assert promote(tmp_path, b, **WHO).challenger is None


def test_a_damaged_model_is_listed_as_unsound_and_not_promoted(tmp_path: Path) -> None:
    a = _add(tmp_path, 1)
    assert [(e.sound, e.card) for e in list_models(tmp_path)] == [(True, {"seed": 1})]
    data = next((tmp_path / a).glob("*.npz"))
    data.write_bytes(data.read_bytes()[:-9])
    assert [entry.sound for entry in list_models(tmp_path)] == [False]
    with pytest.raises(ModelFormatError, match="damaged"):
        promote(tmp_path, a, **WHO)


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"champion": "x", "challenger": null, "history": []}',
     '{"champion": null, "challenger": null, "history": [{"model_id": "0123456789abcdef", '
     '"at": "", "by": "", "reason": "", "back": true}]}'],
)  # fmt: skip
def test_a_damaged_registry_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "registry.json").write_text(text)
    with pytest.raises(ModelFormatError, match="is damaged"):
        read_registry(tmp_path)


def test_unknown_models_and_odd_names_are_refused(tmp_path: Path) -> None:
    _add(tmp_path, 1)
    for name in ("0" * 16, "../../etc", ""):
        with pytest.raises(KeyError, match="there is no model"):
            model_path(tmp_path, name)


def test_an_empty_folder_has_no_champion(tmp_path: Path) -> None:
    assert read_registry(tmp_path).champion is None
    assert list_models(tmp_path) == []


def test_the_card_says_what_the_model_is_for_and_not_for() -> None:
    card = ModelCard(
        window_start="2026-08-01T00:00:00Z", window_end="2026-10-30T00:00:00Z", accounts=20_000,
        excluded=12, groups=18_500, features=(("f01_share", "F01", 1, 0.75),), seed=0,
        n_estimators=1000, max_samples=256, quality={"top 300 overlap": 0.85},
        versions={"numpy": "2.4"},
    )  # fmt: skip
    page = card.to_markdown()
    for words in ("20000 accounts", "Immigration, hiring", "| f01_share | F01 | high | 75.0% |"):
        assert words in page
    assert card.to_dict()["features"] == [["f01_share", "F01", 1, 0.75]]
