"""From raw parts to rows of the contract, with the bad ones set aside.

Rows are told apart by their place in the part: several of one record have one number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Final

import polars as pl

from detector.sources import quarantine
from detector.sources.convert import REASONS, convert
from detector.sources.decimals import decimals
from detector.sources.layout import schema_of
from detector.sources.limits import QUARANTINE_ROWS
from detector.sources.meters import tidied
from detector.sources.nested import stored
from detector.sources.raw import RawPart
from detector.sources.rules import check, not_one_of, optional
from detector.sources.times import FAR_AHEAD, IMPLAUSIBLE, due, far_ahead, plausible
from features.tables import DECIMAL, TABLES, happened

_SPELLINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "ChargeFrequency": {
        "one-time": "One-Time", "recurring": "Recurring", "usage-based": "Usage-Based",
    },
    "PricingCategory": {
        "standard": "Standard", "on-demand": "Standard", "dynamic": "Dynamic",
        "committed": "Committed", "commitment-based": "Committed", "other": "Other",
    },
}  # fmt: skip
"""FOCUS value lists of text columns: exports spell them differently, some by older names."""
_LAYOUTS: Final = 256
"""Sets of columns of which the order is kept: a format has few."""


@dataclass(frozen=True)
class Normalised:
    """One part of a table after reading: ``read`` = rows in ``frame`` + ``quarantined``.

    ``rows`` are the record numbers of ``frame``; ``keys`` and ``order`` those of
    :class:`RawPart` for the rows of ``frame``. ``unmapped`` counts the values of optional
    columns that could not be read, each of them null now. ``told`` counts, by sentence, what
    a reader of the table should hear. ``due`` is when the clock allows the first of the times
    that lie too far ahead of it now.
    """

    frame: pl.DataFrame
    quarantine: pl.DataFrame
    rows: pl.Series
    read: int
    quarantined: int
    unmapped: int
    told: Mapping[str, int] = field(default_factory=dict)
    keys: pl.Series | None = None
    order: pl.Series | None = None
    pulled: bool = False
    due: datetime | None = None


def normalise(part: RawPart, table: str, file: str, *, clock: datetime | None = None) -> Normalised:
    """Convert and check a part; columns a file lacks are null columns.

    Parameters
    ----------
    clock
        Now, from which a time is too far ahead to have happened; taken once for a reading.
    """
    typed = _Typed(part, table, clock or datetime.now(UTC))
    failed = typed.failed()
    sound = typed.frame if failed is None else typed.frame.filter(~failed["bad"])
    good, broken, nulled = check(sound, table, typed.short)
    bad = [] if failed is None else [failed.filter("bad").select("_row", "column", "reason")]
    places = None if good.height == len(part.rows) else good["_row"]
    return Normalised(
        frame=pl.DataFrame([values for values in good if values.name != "_row"]),
        quarantine=_held(part, table, file, bad if broken is None else [*bad, broken]),
        rows=_kept(part.rows, places),
        read=part.read,
        quarantined=part.read - good.height,
        unmapped=typed.unmapped + nulled + _passed_through(good, part.operations),
        told=typed.told,
        keys=None if part.keys is None else _kept(part.keys, places),
        order=None if part.order is None else _kept(part.order, places),
        pulled=part.pulled,
        due=typed.due,
    )


def _kept(values: pl.Series, places: pl.Series | None) -> pl.Series:
    """The values of some rows; of all where there are no places."""
    return values if places is None else values.gather(places)


def _held(part: RawPart, table: str, file: str, bad: list[pl.DataFrame]) -> pl.DataFrame:
    """Return the quarantine of a part: bad records and bad rows, by number."""
    held = quarantine.from_records(table, file, part.bad[:QUARANTINE_ROWS])
    if not bad:
        return held
    found = pl.concat(bad).sort("_row").head(QUARANTINE_ROWS)
    places = found["_row"]
    numbered = found.with_columns(part.rows.gather(places).alias("_row"))
    rows = quarantine.from_rows(table, file, part.frame[places], numbered)
    return pl.concat([held, rows]).sort("row", maintain_order=True)


def _passed_through(good: pl.DataFrame, operations: frozenset[str] | None) -> int:
    """Count the rows of a native log whose operation kept its own name."""
    if operations is None:
        return 0
    return good.height - int(good["operation"].is_in(sorted(operations)).sum())


class _Typed:
    """The columns of a part in the types of the contract, and what was lost on the way."""

    def __init__(self, part: RawPart, table: str, clock: datetime) -> None:
        self._table = table
        self._clock = clock
        self._happened = _happened(table)
        self._too_long = part.too_long
        self._failures: list[tuple[str, pl.Series, str | pl.Series]] = []
        frame, self.unmapped = tidied(part.frame, table)
        # Texts that were spelled anew were not measured.
        self.short = part.short if frame is part.frame else frozenset()
        part = replace(part, frame=frame)
        self.told: Counter[str] = Counter(part.told)
        self._far: list[tuple[pl.Series, datetime | None]] = []
        places = pl.int_range(0, part.frame.height, dtype=pl.Int64, eager=True).alias("_row")
        there = frozenset(frame.columns)
        known = [
            self._column(_unblanked(part, name), target)
            for name, target in schema_of(table).items()
            if name in there
        ]
        self.frame = TABLES[table].tidy(_filled([places, *known], table))
        self.due, rows = _ahead(self._far)
        if rows:
            self.told[FAR_AHEAD] += rows

    def _column(self, values: pl.Series, target: pl.DataType) -> pl.Series:
        """Convert a column; a value that is lost costs itself, or its row where it is required."""
        name = values.name
        read = self._converted(values, target).alias(name)
        if name in self._too_long:
            self._missed(name, self._too_long[name], "is too long")
        if read.null_count() > values.null_count():
            lost = read.is_null() & values.is_not_null()
            self._missed(name, lost, _reason(values, lost, target))
        if name in self._happened:
            possible = plausible(read, self._clock)
            if possible.null_count() > read.null_count():
                self._missed(name, possible.is_null() & read.is_not_null(), IMPLAUSIBLE)
                far = far_ahead(read, self._clock)
                self._far.append((far, due(read.filter(far))))
            read = possible
        return self._finished(read)

    def _converted(self, values: pl.Series, target: pl.DataType) -> pl.Series:
        if not isinstance(target, pl.Decimal) or values.dtype == pl.Null:
            return convert(values, target)
        # Of shares too: a percentage is more than their type holds until it is tidied.
        read, rounded = decimals(values)
        if rounded:
            what = f"more than {DECIMAL.scale} decimal places were rounded"
            self.told[f"values of {values.name} with {what}"] += rounded
        return read

    def _missed(self, name: str, where: pl.Series, reason: str | pl.Series) -> None:
        """Note values that were there and are null now; a reason for all, or one for each."""
        if name in optional(self._table):
            self.unmapped += int(where.sum())
        else:
            self._failures.append((name, where, reason))

    def _finished(self, values: pl.Series) -> pl.Series:
        spelled = _SPELLINGS.get(values.name)
        if spelled is None or _are(values, frozenset(spelled.values())):
            return values
        return values.str.to_lowercase().replace_strict(spelled, default=values).alias(values.name)

    def failed(self) -> pl.DataFrame | None:
        """Return per row whether a required value was lost, and the first column where."""
        if not self._failures:
            return None
        column = pl.coalesce(
            pl.when(pl.lit(at)).then(pl.lit(name)) for name, at, _ in self._failures
        )
        reason = pl.coalesce(pl.when(pl.lit(at)).then(pl.lit(why)) for _, at, why in self._failures)
        found = self.frame.select("_row").with_columns(column=column, reason=reason)
        return found.with_columns(bad=pl.col("column").is_not_null())


@cache
def _happened(table: str) -> frozenset[str]:
    return frozenset(happened(table))


def _ahead(far: list[tuple[pl.Series, datetime | None]]) -> tuple[datetime | None, int]:
    """When the clock allows the first of times too far ahead, and how many rows have one."""
    dues = [moment for _, moment in far if moment is not None]
    if not dues:
        return None, 0
    marked = pl.DataFrame([where.alias(str(n)) for n, (where, _) in enumerate(far)])
    return min(dues), int(marked.select(pl.any_horizontal(pl.all()).sum()).item())


def _reason(values: pl.Series, lost: pl.Series, target: pl.DataType) -> str | pl.Series:
    if isinstance(target, pl.Enum):
        return not_one_of(values, lost, target)
    return REASONS[str(target.base_type())]


def _are(values: pl.Series, known: Collection[str]) -> bool:
    """Whether all texts are among a few known ones, which are sooner compared than gathered."""
    found = (int((values == text).sum()) for text in known)
    return sum(found) == len(values) - values.null_count()


def _filled(columns: list[pl.Series], table: str) -> pl.DataFrame:
    """The table with its columns in order, and null columns where a file lacks one."""
    there = frozenset(values.name for values in columns)
    return pl.DataFrame(columns).select(_in_order(table, there))


@lru_cache(_LAYOUTS)
def _in_order(table: str, there: frozenset[str]) -> list[pl.Expr]:
    return [
        pl.col("_row"),
        *(
            pl.col(name) if name in there else pl.lit(None, dtype=kind).alias(name)
            for name, kind in schema_of(table).items()
        ),
    ]


def _unblanked(part: RawPart, name: str) -> pl.Series:
    """Turn empty and ``NULL`` texts into null (a parser of text has done so already)."""
    values = stored(part.frame[name])
    if part.blank is not None and name not in part.blank:
        return values
    if values.dtype == pl.Binary:
        blank = values.is_in([b"", b"NULL"])
    elif values.dtype == pl.String:
        blank = (values == "") | (values == "NULL")
    else:
        return values
    if not blank.any():
        return values
    return values.zip_with(~blank.fill_null(False), pl.Series([None], dtype=values.dtype))
