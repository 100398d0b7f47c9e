"""What lane L says of small log folders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest

from detector import read_logs
from detector.pipeline.law import check
from detector.pipeline.run import Asked
from detector.policy.lane import Findings
from tests.policy.law.world import ENTITY_LIST, MANIFEST, NOW, Asking, Rows, write


@pytest.fixture
def ask(tmp_path: Path) -> Asking:
    """What lane L says of tables, with the lists above unless others are given."""
    number = iter(range(100))

    def asking(
        *,
        lists: Mapping[str, str] | None = None,
        as_of: datetime = NOW,
        supposing: Mapping[str, str] | None = None,
        packs: Path | None = None,
        no_lists: bool = False,
        **tables: Rows,
    ) -> Findings:
        held = {"ours.csv": ENTITY_LIST, "manifest.toml": MANIFEST} if lists is None else lists
        folder = write(tmp_path / f"logs{next(number)}", tables, None if no_lists else held)
        asked = Asked(policy_packs=None if packs is None else str(packs))
        return check(read_logs(folder, as_of), as_of, asked, supposing)

    return asking
