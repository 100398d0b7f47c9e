"""Sort by text keys, fast and in little memory.

Polars encodes every row's texts to sort by them. Here texts become numbers in the order of the
texts, and the numbers of several keys one number to sort by. Rows are moved column by column,
each of which is let go of as soon as it stands in its new order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from features.grouping import is_constant

# Below this, packing costs more than it saves.
WORTH_PACKING: Final = 50_000
# Keys are packed into one Int64 while it has room for them.
_ROOM: Final = 1 << 62
# Whole numbers of a wider range are counted through first.
_WIDE: Final = 1 << 40


def sort_columns(
    columns: list[pl.Series], keys: Sequence[str], texts: Sequence[str]
) -> pl.DataFrame:
    """Rows in the order of keys, null first; ``columns`` is emptied.

    Parameters
    ----------
    columns
        The columns of a frame, which the caller holds no more.
    keys
        Names of columns to sort by; few texts recur in each that is a text.
    texts
        Columns to sort by after those: texts that hardly recur.
    """
    if len(columns[0]) < WORTH_PACKING:
        few = pl.DataFrame(columns)
        columns.clear()
        return few.sort(*keys, *texts, nulls_last=False)
    by_name = {column.name: column for column in columns}
    told = [by_name[key] for key in keys if not is_constant(by_name[key])]
    words = [word.alias(f"_{number}") for number, word in enumerate(_packed(told))]
    frame = pl.DataFrame([*words, *(by_name[text] for text in texts)])
    del by_name, told
    places = _places(frame)
    del words, frame
    return pl.DataFrame(columns) if places is None else taken(columns, places)


def taken(columns: list[pl.Series], places: pl.Series) -> pl.DataFrame:
    """The rows at some places; ``columns`` is emptied, so that no two copies are held."""
    moved = []
    columns.reverse()
    while columns:
        moved.append(columns.pop().rechunk().gather(places))
    return pl.DataFrame(moved)


def _places(frame: pl.DataFrame) -> pl.Series | None:
    """Where the rows of a sorted frame are; None where they stand so already."""
    if frame.width == 0:
        return None
    if frame.width == 1:
        only = frame.to_series()
        return None if only.is_sorted() else only.arg_sort()
    return frame.select(pl.arg_sort_by(frame.columns)).to_series()


def _packed(keys: Sequence[pl.Series]) -> list[pl.Series]:
    """Whole numbers that sort as the keys do, as few columns of them as hold the keys."""
    words: list[pl.Series] = []
    room = 1
    for key in keys:
        ranks, count = _ranks(key)
        if words and room * count < _ROOM:
            words[-1], room = words[-1] * count + ranks, room * count
        else:
            words.append(ranks)
            room = count
    return words


def _ranks(values: pl.Series) -> tuple[pl.Series, int]:
    """Numbers from 0, for null, that sort as the values do, and how many there may be."""
    if values.dtype == pl.String:
        return _text_ranks(values)
    numbers = values.to_physical().cast(pl.Int64)
    low, high = int(numbers.min()), int(numbers.max())  # type: ignore[arg-type]  # not all null
    if high - low < _WIDE:
        return (numbers - low + 1).fill_null(0), high - low + 2
    ranks = numbers.rank("dense").cast(pl.Int64).fill_null(0)
    return ranks, int(ranks.max()) + 1  # type: ignore[arg-type]  # whole numbers


def _text_ranks(values: pl.Series) -> tuple[pl.Series, int]:
    coded = values.cast(pl.Categorical(pl.Categories.random()))
    seen = coded.drop_nulls().unique()
    codes = seen.to_physical().gather(seen.cast(pl.String).arg_sort())
    rank_of = pl.Series([0]).new_from_index(0, int(codes.max()) + 1)  # type: ignore[arg-type]  # not all null
    rank_of = rank_of.scatter(codes, pl.int_range(1, len(codes) + 1, eager=True))
    return rank_of.gather(coded.to_physical()).fill_null(0), len(codes) + 1
