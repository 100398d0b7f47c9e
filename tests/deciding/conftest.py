"""The run that decisions are made about."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deciding.made import made_run


@pytest.fixture(scope="session")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run; do not change it."""
    return made_run(tmp_path_factory.mktemp("decided") / "out")
