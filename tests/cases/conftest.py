"""A folder of cases with its people, and one with nobody in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detector.cases.record.store import Store
from tests.cases.planted import Clock, opened

NOW = datetime(2026, 4, 16, 9, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "cases") as made:
        yield made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "cases") as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()
