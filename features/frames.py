"""What a notebook holds as a table, as a Polars frame of numbers by account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from features.registry import ForbiddenInput

_KEY: Final = "account_id"


def eager(value: object) -> pl.DataFrame | None:
    """A Polars frame of what a notebook has: Polars, pandas, Arrow or a mapping of columns."""
    if isinstance(value, pl.DataFrame):
        return value
    if isinstance(value, pl.LazyFrame):
        return value.collect()
    if isinstance(value, Mapping):
        return pl.DataFrame(value)
    kind = type(value).__module__.partition(".")[0]
    if kind == "pandas" and hasattr(value, "columns"):
        return _of_pandas(value)
    if kind == "pyarrow" and hasattr(value, "schema"):
        arrow: Any = value
        return pl.DataFrame(pl.from_arrow(arrow))
    return None


def _of_pandas(value: Any) -> pl.DataFrame:
    """A pandas frame; an index that has a name is a column.

    Raises
    ------
    ValueError
        Where a column holds values of several kinds.
    """
    named = value.reset_index() if value.index.name is not None else value
    try:
        return pl.DataFrame(pl.from_pandas(named))
    except (TypeError, ValueError) as error:  # pyarrow's are of these kinds
        raise ValueError(f"a pandas frame cannot be read: {_mixed(named) or error}") from error


def _mixed(frame: Any) -> str:
    """The first column with values of several kinds, and what to do."""
    for name, column in frame.items():
        kinds = sorted({type(value).__name__ for value in column.dropna()})
        if str(column.dtype) == "object" and len(kinds) > 1:
            return (
                f"column {str(name)[:60]!r} holds {' and '.join(kinds[:3])}; make it one kind, "
                f"such as frame[{str(name)[:60]!r}].astype('string')"
            )
    return ""


def as_frame(value: object, what: str) -> pl.DataFrame:
    """Numbers by account: ``account_id`` as text, each once, and Float64 columns.

    Raises
    ------
    ForbiddenInput
        Where a column is not of numbers or flags.
    ValueError
        Where it is no frame, has no ``account_id`` or nothing beside it, or names one twice.
    """
    frame = eager(value)
    if frame is None:
        raise ValueError(
            f"{what} are a {type(value).__name__}; expected a Polars or pandas frame with "
            f"'{_KEY}' and a column of numbers for each score"
        )
    if _KEY not in frame.columns or frame.width < 2:
        raise ValueError(
            f"{what} have the columns {', '.join(frame.columns) or 'none'}; expected '{_KEY}' and "
            "a column of numbers for each score"
        )
    scores = [_numbers(column, what) for column in frame if column.name != _KEY]
    return pl.DataFrame([_ids(frame[_KEY], what), *scores])


def _ids(ids: pl.Series, what: str) -> pl.Series:
    if not (ids.dtype.is_integer() or ids.dtype in (pl.String, pl.Categorical, pl.Enum)):
        raise ValueError(
            f"{what}: '{_KEY}' is of type {ids.dtype}; expected texts as the logs have them"
        )
    named = ids.cast(pl.String)
    if named.has_nulls():
        raise ValueError(f"{what}: a row names no account; leave such rows out")
    if named.is_duplicated().any():
        twice = named.filter(named.is_duplicated())[0]
        raise ValueError(f"{what} hold account {twice!r} twice; expected each account once")
    return named


def _numbers(column: pl.Series, what: str) -> pl.Series:
    if not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
        raise ForbiddenInput(
            f"{what}: column {column.name!r} is of type {column.dtype}; expected numbers or "
            "flags: leave texts, codes and dates out"
        )
    values = column.cast(pl.Float64).fill_nan(None)
    if values.is_infinite().any():
        raise ValueError(
            f"{what}: column {column.name!r} holds an infinite value; use null for what is missing"
        )
    return values
