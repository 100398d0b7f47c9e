"""Tables are written in the same groups of rows from whatever pieces; these hold no other text."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from detector.results import groups
from detector.results.groups import in_groups, write_in_groups

MANY, ROWS = 2_000, 256


@pytest.fixture(autouse=True, scope="module")
def few_rows() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "ROWS", ROWS)
        patch.setattr(groups, "LISTED_ROWS", ROWS)
        yield


def table(rows: int = MANY) -> pl.DataFrame:
    texts = [f"a sentence about account {row} and about nobody else" for row in range(rows)]
    return pl.DataFrame(
        {
            "account_id": texts,
            "number": range(rows),
            "reasons": [
                [{"code": "A", "text": text}, {"code": None, "text": ""}] for text in texts
            ],
            "few": [None if row % 3 else [] for row in range(rows)],
        },
        schema_overrides={"few": pl.List(pl.String)},
    )


def written(frame: pl.DataFrame) -> bytes:
    stream = BytesIO()
    write_in_groups(frame, stream)
    return stream.getvalue()


def held(frame: pl.DataFrame) -> int:
    """Bytes that a frame holds on to."""
    arrow = frame.to_arrow(compat_level=pl.CompatLevel.newest())
    return sum(part.get_total_buffer_size() for column in arrow.columns for part in column.chunks)


@given(
    rows=st.sampled_from([0, 1, ROWS - 1, ROWS, ROWS + 1, 3 * ROWS, MANY]),
    cuts=st.lists(st.integers(0, MANY), max_size=6),
)
def test_the_pieces_of_a_table_do_not_show_in_its_file(rows: int, cuts: list[int]) -> None:
    whole = table(rows)
    ends = [0, *sorted(cut for cut in cuts if cut <= rows), rows]
    parts = [whole[one:other] for one, other in pairwise(ends)]
    file = written(pl.concat(parts))
    assert file == written(whole)
    assert_frame_equal(pl.read_parquet(file), whole)


def test_a_group_holds_its_own_texts_alone() -> None:
    whole = table()
    assert sum(map(held, in_groups(whole))) < 2 * held(whole)
    assert sum(held(whole[at : at + ROWS]) for at in range(0, MANY, ROWS)) > 4 * held(whole)


def test_columns_that_lie_in_different_pieces_are_written_the_same() -> None:
    mixed = pl.concat(in_groups(table()))
    mixed = mixed.with_columns(mixed["number"].rechunk())
    assert written(mixed) == written(table())
