"""docs/features.md says what the registry says."""

from __future__ import annotations

from pathlib import Path

from tools.make_features import render

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_feature_page_is_up_to_date() -> None:
    rendered = render()
    written = (DOCS / "features.md").read_text(encoding="utf-8")
    assert written == rendered, "run `make docs` to write docs/features.md again"
