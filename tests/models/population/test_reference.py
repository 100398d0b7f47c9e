"""The reference population: few members of a component, by row and not by company."""

import numpy as np
import pytest

from models.population import reference
from models.population.reference import VOICES, reference_rows


def test_few_members_of_a_large_component_speak() -> None:
    groups = np.where(np.arange(1000) < 600, 7, np.arange(1000) + 10)
    rows = reference_rows(1000, None, 0, groups)
    assert len(rows) == 400 + VOICES
    assert (np.diff(rows) > 0).all()
    assert rows[0] != 0
    assert np.array_equal(rows, reference_rows(1000, None, 5, groups))


def test_small_components_speak_whole() -> None:
    rows = reference_rows(1000, None, 0, np.arange(1000) // VOICES)
    assert np.array_equal(rows, np.arange(1000))


def test_leaving_rows_out_does_not_redraw_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "REFERENCE_ROWS", 300)
    exclude = np.zeros(1000, dtype=bool)
    exclude[::50] = True
    whole, part = (set(reference_rows(1000, e, 3).tolist()) for e in (None, exclude))
    assert len(whole) == len(part) == 300
    assert {row for row in whole if row % 50} <= part


def test_names_of_components_decide_nothing() -> None:
    codes = np.arange(3000) // 30
    names = np.array([f"r{(c * 37) % 101}" for c in codes])
    found = reference_rows(3000, None, 0, codes)
    assert len(found) == 100 * VOICES
    assert np.array_equal(found, reference_rows(3000, None, 0, names))


def test_everybody_excluded_is_refused() -> None:
    with pytest.raises(ValueError, match="every row is excluded"):
        reference_rows(3, np.ones(3, dtype=bool), 0)
