"""The top of the sample's queue is the reviewed one: whatever moves it is seen and explained.

After a wanted change, write the golden file anew and review its difference:
``ENDUSE_WRITE_GOLDEN=1 pytest tests/contracts/runs/test_golden.py``.
"""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from detector import Results

GOLDEN = Path(__file__).with_name("golden") / "sample_queue.csv"
FIRST = 30
# Another processor may round the last digit of a logarithm in another way.
CLOSE = 1e-12


def first_rows(scores: pl.DataFrame) -> pl.DataFrame:
    """The first accounts, and of the first cases (an account or a ring) the first account."""
    case = pl.coalesce("ring_id", "account_id")
    place = scores.with_row_index("place").with_columns(case=case.rank("dense"))
    leads = place.unique("case", keep="first", maintain_order=True).head(FIRST)
    shown = pl.concat([place.head(FIRST), leads]).unique("place").sort("place")
    return shown.drop("place", "case")


def as_text(scores: pl.DataFrame) -> pl.DataFrame:
    """What a reviewer sees of each account, how it stands, and three reasons."""
    reasons = [
        pl.col("reasons").list.get(place).struct.field(part).alias(f"{part}_{place + 1}")
        for place in range(3)
        for part in ("code", "text")
    ]
    return scores.select(
        pl.col("rank").cast(pl.String),
        "account_id",
        pl.Series("score", [repr(score) for score in scores["score"]]),
        pl.col("queue").cast(pl.String),
        "queue_reason",
        pl.col("standing").cast(pl.String),
        "standing_note",
        "ring_id",
        *reasons,
    )


def test_the_top_of_the_samples_queue_is_the_golden_one(sample_run: Path) -> None:
    found = as_text(first_rows(Results.read(sample_run).scores))
    if os.environ.get("ENDUSE_WRITE_GOLDEN") == "1":
        GOLDEN.parent.mkdir(exist_ok=True)
        found.write_csv(GOLDEN)
    known = pl.read_csv(GOLDEN, infer_schema=False)
    told = [name for name in known.columns if name != "score"]
    assert found.select(told).to_dicts() == known.select(told).to_dicts()
    scores, before = (frame["score"].cast(pl.Float64).to_list() for frame in (found, known))
    assert scores == pytest.approx(before, rel=CLOSE)
