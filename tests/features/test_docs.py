"""docs/features.md says what the registry says."""

from __future__ import annotations

import runpy
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_feature_page_is_up_to_date() -> None:
    rendered = runpy.run_path(str(DOCS / "make_features.py"))["render"]()
    written = (DOCS / "features.md").read_text(encoding="utf-8")
    assert written == rendered, "run `make docs` to write docs/features.md again"
