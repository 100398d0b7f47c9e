"""The reference of p-values on disk: whole and of its own model, or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models import ModelFormatError
from models.account.chance import Chance
from models.files import store
from models.files.chance import KIND, load_chance, save_chance

CHANCE = Chance.fit(np.array([2.0, 0.5, 1.0]), np.array([0, 1, 0]))


def test_what_is_written_is_read_for_the_same_model_alone(tmp_path: Path) -> None:
    save_chance(CHANCE, tmp_path, "a" * 16)
    found = load_chance(tmp_path, "a" * 16)
    assert found is not None
    np.testing.assert_array_equal(found.reached, [0.5, 1.0, 2.0])
    np.testing.assert_array_equal(found.first, [True, False, True])
    assert load_chance(tmp_path, "b" * 16) is None


@pytest.mark.parametrize(
    ("arrays", "word"),
    [
        ({"first": CHANCE.first}, "statistics"),
        ({"reached": np.array([0.0, np.nan, 1.0]), "first": CHANCE.first}, "statistics"),
        ({"reached": CHANCE.reached, "first": CHANCE.first[:2]}, "cases"),
        ({"reached": CHANCE.reached}, "cases"),
        ({"reached": CHANCE.reached[::-1].copy(), "first": CHANCE.first}, "order"),
    ],
)
def test_what_is_no_reference_is_refused(
    tmp_path: Path, arrays: dict[str, np.ndarray], word: str
) -> None:
    store.write(tmp_path, KIND, arrays, {"model_id": "a" * 16})
    with pytest.raises(ModelFormatError, match=word):
        load_chance(tmp_path, "a" * 16)
