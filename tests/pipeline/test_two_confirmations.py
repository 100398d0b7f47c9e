"""Two right confirmations of one ring bring its own accounts to review, and few others."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from benchmarks.two_confirmations import changes
from detector.pipeline.prepare import Stages, prepare
from detector.pipeline.run import Asked, train
from detector.simulate import simulate
from detector.sources import read_logs


@pytest.mark.long
def test_two_confirmations_bring_few_accounts_to_review(tmp_path: Path) -> None:
    truth = pl.read_parquet(simulate("standard", 1200, 40, 82_011, tmp_path / "logs"))
    whole = prepare(read_logs(tmp_path / "logs"), None, Stages())
    found = list(changes(train(whole, Asked()), whole, truth, 3))
    assert found
    for change in found:
        assert change.entered <= 15
        assert change.entered <= 4 or 2 * change.right >= change.entered
