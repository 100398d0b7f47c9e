"""Sorting by numbers instead of texts gives the order of the texts, and holds one copy."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features import ordering
from features.ordering import sort_columns, taken

KEYS = ["word", "number", "day", "flag", "time", "value"]
SCHEMA = pl.Schema(
    {
        "word": pl.String, "number": pl.Int64, "day": pl.Date, "flag": pl.Boolean,
        "time": pl.Datetime("us", "UTC"), "value": pl.String,
    }
)  # fmt: skip
WORDS = st.sampled_from(["", "a", "Z", "ä", "zz", "longer than twelve bytes", None])
NUMBERS = st.one_of(st.none(), st.integers(-3, 3), st.integers(-(2**63), 2**63 - 1))
TIMES = st.one_of(st.none(), st.integers(0, 2**52))
ROWS = st.lists(
    st.tuples(WORDS, NUMBERS, st.sampled_from([-1, 0, 9, None]),
              st.sampled_from([True, False, None]), TIMES, WORDS),
    max_size=30,
)  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def packed_always() -> Iterator[None]:
    """Few rows take the way of many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordering, "WORTH_PACKING", 1)
        yield


def frame_of(rows: list[tuple[object, ...]]) -> pl.DataFrame:
    """Rows with a number, in the types that keys of rollups have."""
    columns = [
        pl.Series(name, [row[at] for row in rows], dtype=pl.Int64 if at in (2, 4) else kind)
        for at, (name, kind) in enumerate(SCHEMA.items())
    ]
    days = pl.col("day").cast(pl.Int32)
    return pl.DataFrame(columns).with_columns(days).cast(SCHEMA).with_row_index("row")


@given(rows=ROWS, packed=st.integers(0, len(KEYS)))
def test_rows_come_as_polars_sorts_them(rows: list[tuple[object, ...]], packed: int) -> None:
    frame = frame_of(rows).unique(KEYS, keep="first", maintain_order=True)
    found = sort_columns(frame.get_columns(), KEYS[:packed], KEYS[packed:])
    assert_frame_equal(found, frame.sort(KEYS, nulls_last=False), check_exact=True)


@pytest.mark.parametrize("room", [1, 10, 1 << 62])
def test_keys_that_need_more_than_one_number_sort_alike(
    monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr(ordering, "_ROOM", room)
    words = pl.Series("word", ["b", None, "a", "c"] * 25)
    frame = pl.DataFrame([words, pl.Series("number", range(100, 0, -1))])
    found = sort_columns(frame.get_columns(), ["word", "number"], [])
    assert_frame_equal(found, frame.sort("word", "number"))


def test_few_rows_are_sorted_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "WORTH_PACKING", 50_000)
    columns = pl.DataFrame({"word": ["b", None, "a"], "number": [1, 2, 3]}).get_columns()
    assert sort_columns(columns, ["word"], ["number"]).rows() == [(None, 2), ("a", 3), ("b", 1)]
    assert columns == []


def test_what_was_moved_is_let_go_of() -> None:
    columns = pl.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]}).get_columns()
    assert taken(columns, pl.Series([2, 0])).rows() == [(3, "z"), (1, "x")]
    assert columns == []
