from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.cases.store import Store
from tests.cases.planted import Clock, opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "cases") as store:
        yield store
