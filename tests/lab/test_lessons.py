from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lab.lessons import EVERY, OWN, Plan, of_makes, taught
from tools.teach_prior import curriculum

PLANS = [
    Plan("quarry", "standard", 200, 20, 1),
    Plan(OWN, "standard", 200, 20, 2, {"prevalence": 0.1}),
]


@pytest.mark.long
def test_lessons_that_were_kept_are_read_again(tmp_path: Path) -> None:
    first = taught(PLANS, tmp_path, processes=1, told=lambda _: None)
    files = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*.npz")}
    again = taught(PLANS, tmp_path, processes=1, told=lambda _: None)
    assert [plan.make for plan, _ in first] == ["quarry", "quarry", OWN, OWN]
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*.npz")} == files
    for (_, made), (_, read) in zip(first, again, strict=True):
        assert np.array_equal(made.directed, read.directed, equal_nan=True)
        assert np.array_equal(made.planted, read.planted)
        assert all(np.array_equal(made.shape[name], read.shape[name]) for name in made.shape)
    assert len(of_makes(first, [OWN])) == 2


@pytest.mark.parametrize("size", [1.0, 0.5])
def test_no_two_worlds_of_the_curriculum_are_the_same_one(size: float) -> None:
    plans = curriculum(size)
    assert len({plan.name for plan in plans}) == len(plans)
    assert {plan.make for plan in plans} == set(EVERY)
