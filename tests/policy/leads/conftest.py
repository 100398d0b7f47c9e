"""What lane E says of small log folders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from detector.policy.evidence import lane_e
from detector.policy.lane import Findings
from tests.policy.leads.world import NOW, Rows, known, write

Asking = Callable[..., Findings]


@pytest.fixture
def ask(tmp_path: Path) -> Asking:
    """What lane E says of tables at a day."""
    number = iter(range(1000))

    def asking(*, as_of: datetime = NOW, lists: str | None = None, **tables: Rows) -> Findings:
        return lane_e(known(write(tmp_path / f"logs{next(number)}", tables, lists), as_of))

    return asking


@pytest.fixture
def leads(ask: Asking) -> Callable[..., pl.DataFrame]:
    """The rows of notices of tables."""
    return lambda **told: ask(**told).leads
