"""What docs/data-science.md shows runs from top to bottom."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import enduse
import enduse.features
import enduse.models

PAGE = Path(__file__).resolve().parents[2] / "docs" / "data-science.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _blocks() -> list[str]:
    return BLOCK.findall(PAGE.read_text(encoding="utf-8"))


@pytest.mark.long  # seven models, as a reader would make them
def test_the_page_runs_from_top_to_bottom(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "sample_logs").symlink_to(folder)
    monkeypatch.chdir(tmp_path)
    place: dict[str, Any] = {"__name__": "page"}
    for block in _blocks():
        exec(compile(block, PAGE.name, "exec"), place)
    assert capsys.readouterr().out.startswith("the model learnt 1 column (many_top_ups) that")
    judged = place["judged"].scores.filter(pl.col("account_id") == place["first"])
    assert judged["standing"].to_list() == ["cleared"]
    codes = {
        code for name in ("results", "scored") for code in place["reasons"](place[name])["code"]
    }
    assert codes == {"X01-MANY-TOP-UPS", "X01-FRAUD-SCORE"}


def test_every_name_that_the_page_shows_is_public() -> None:
    text = "\n".join(_blocks())
    assert len(_blocks()) >= 9
    for module in (enduse, enduse.features, enduse.models):
        for line in re.findall(rf"from {module.__name__} import (.*)", text):
            assert set(line.split(", ")) <= set(module.__all__)
    for name in re.findall(r"enduse\.(\w+)\(", text):
        assert name in enduse.__all__
