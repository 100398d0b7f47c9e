"""A few rows put into a sum that stands in order give what adding up and sorting all gives."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features import rollups, shape
from features.growing import grown
from features.rollups import InOrder, merge
from features.shape import Shape
from features.shapes import SHAPES
from features.types import UTC_TIME

WORDS = st.sampled_from(["", "a", "Z", "ä", "zz", "longer than twelve bytes", None])
ROWS = st.lists(
    st.tuples(WORDS, WORDS, st.sampled_from([None, -1, 3]), st.sampled_from([True, False, None])),
    max_size=25,
)
KEYS = {"who": pl.String(), "kind": pl.String(), "day": pl.Date(), "idle": pl.Boolean()}
PLAIN = Shape(KEYS, {"n": pl.Int64(), "cost": pl.Decimal(38, 6)}, masks=("hours",))
OWNED = Shape(KEYS, {"n": pl.Int64(), "cost": pl.Decimal(38, 6)}, ("hours",), owner=("who", "day"))


def frame_of(rows: list[tuple[object, ...]], of: Shape) -> pl.DataFrame:
    columns = [pl.Series(k, [row[at] for row in rows], dtype=pl.Int32 if at == 2 else kind)
               for at, (k, kind) in enumerate(KEYS.items())]  # fmt: skip
    number = pl.int_range(1, pl.len() + 1)
    time = number.cast(pl.Int64).cast(UTC_TIME)
    told = pl.DataFrame(columns).with_columns(
        n=number, cost=number / 8, hours=number, first=time, last=time
    )
    return told.select(list(of.schema())).cast(of.schema())


@pytest.mark.parametrize("of", [PLAIN, OWNED])
@given(before=ROWS, more=ROWS)
def test_it_is_the_sum_of_both(
    of: Shape, before: list[tuple[object, ...]], more: list[tuple[object, ...]]
) -> None:
    both = [frame_of(before, of), frame_of(more, of)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shape, "MOST_VALUES", 3)
        patch.setitem(SHAPES, "tried", of)
        parts = [merge([{"tried": frame}, {"tried": frame.clear()}])["tried"] for frame in both]
        whole = merge([{"tried": frame} for frame in parts])["tried"]
        assert_frame_equal(grown(of, *parts), whole, check_exact=True)
        assert_frame_equal(grown(of, *parts[::-1]), whole, check_exact=True)


@pytest.mark.parametrize("few", [0, 1, 1 << 40])
def test_sums_that_stand_may_come_anywhere_among_parts(
    monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(rollups, "FEW", few)
    monkeypatch.setitem(SHAPES, "tried", PLAIN)
    frames = [
        frame_of([("a", f"k{n * k % 7}", n % 3, True) for n in range(20)], PLAIN) for k in (1, 2, 3)
    ]
    whole = merge([{"tried": frame} for frame in frames])["tried"]
    stands = [InOrder(merge([{"tried": f}, {"tried": f.clear()}])) for f in frames[:2]]
    for parts in ([*stands, {"tried": frames[2]}], [{"tried": frames[2]}, *stands]):
        assert_frame_equal(merge(parts)["tried"], whole, check_exact=True)
    assert_frame_equal(merge(stands[:1])["tried"], stands[0]["tried"], check_exact=True)
