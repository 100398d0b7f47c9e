"""What holds for every make of worlds."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import polars as pl
import pytest

from detector import read_logs
from lessons import MAKES, PRESETS, maker

ROOT = Path(__file__).parents[2]


def test_every_folder_is_a_make() -> None:
    assert sorted(p.parent.name for p in (ROOT / "lessons").glob("*/__init__.py")) == list(MAKES)


@pytest.mark.parametrize("make", MAKES)
def test_a_world_is_read_whole_and_its_truth_names_its_accounts(make: str, tmp_path: Path) -> None:
    assert import_module(f"lessons.{make}").PRESETS == PRESETS
    truth = pl.read_parquet(maker(make)("standard", 200, 20, 3, tmp_path / "logs", ranges="test"))
    assert truth["is_proxy"].any()
    assert set(truth["role"]) <= {"proxy", "victim", "other", "benign"}
    logs = read_logs(tmp_path / "logs")
    rows = {table: sum(part.height for part in logs.parts(table)) for table in logs}
    assert all(counts.quarantined == 0 for counts in logs.counts.values())
    assert rows["usage"] > 0
    known = logs["accounts"].collect()["account_id"]
    assert set(truth["account_id"]) == set(known)


def test_a_make_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="harbour, mill, orchard, quarry"):
        maker("moon")
