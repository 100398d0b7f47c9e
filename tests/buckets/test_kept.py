"""What is kept on the disk is what was given, and holds no text of other rows."""

from __future__ import annotations

import polars as pl
from polars.testing import assert_frame_equal

from detector.buckets.kept import kept

ROWS, AT_ONCE = 2_000, 100


def held(frame: pl.DataFrame) -> int:
    """Bytes that a frame holds on to."""
    table = frame.to_arrow(compat_level=pl.CompatLevel.newest())
    return sum(part.get_total_buffer_size() for column in table.columns for part in column.chunks)


def test_blocks_of_lists_hold_their_own_texts_alone() -> None:
    texts = [f"a sentence about account {row} and about nobody else" for row in range(ROWS)]
    notes = [[{"code": "A", "text": text}, {"code": "B", "text": None}] for text in texts]
    few: list[list[str] | None] = [None if row % 3 else [] for row in range(ROWS)]
    whole = pl.DataFrame(
        {"text": texts, "notes": notes, "names": [[text] for text in texts], "few": few},
        schema_overrides={"few": pl.List(pl.String)},
    )
    parts = [whole[list(range(at, at + AT_ONCE))] for at in range(0, ROWS, AT_ONCE)]
    back = list(kept(parts))
    assert_frame_equal(pl.concat(back), whole)
    assert sum(map(held, parts)) > 10 * held(whole)
    assert sum(map(held, back)) < 2 * held(whole)
