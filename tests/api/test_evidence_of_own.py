"""Of a column that was added in Python, the command says so instead of rows."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from detector import score_logs
from detector.errors import UsageError
from detector.evidence.asked import asked_of
from detector.sources import Logs


def test_rows_behind_an_outside_score_are_nobodys_to_show(
    logs: Logs, outside: pl.DataFrame, tmp_path: Path
) -> None:
    score_logs(logs, outside=outside).write(tmp_path / "out")
    for reason in ("X01-FRAUD-SCORE", "fraud_score"):
        with pytest.raises(UsageError, match="column 'fraud_score' was added by whoever scored"):
            asked_of(tmp_path / "out", "acct-009", reason)
    assert asked_of(tmp_path / "out", "acct-009", "f16_age").feature.name == "f16_age"
