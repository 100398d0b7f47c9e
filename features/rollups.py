"""Rows to mergeable rollups: one small exact summary per table part.

``rollup`` turns a part of one table into one frame per rollup; ``merge`` adds parts up.
Merging is associative and commutative because every value is an exact sum (Int64 or
Decimal), a minimum, a maximum or a bitwise or. Features read rollups only, never rows; what
rollups of several accounts make of each other stands in ``features.population``.

========== ======================================================================
rollup     one row for each
========== ======================================================================
usage      account, payer, day, SKU class, region, pricing and charge category
model      account, day, model, region
lengths    account, day, octave of the mean answer length
templates  account, band of a MinHash sketch, value
events     account, day, operation
access     account, day, person, place, class and number of the network
together   account, kind of pair, two identifiers seen in one row
distinct   account, kind of identifier, value
telemetry  account (if named), instance, GPU, hour, metric
payments   payment (kept whole: roundness needs single amounts)
links      account, kind of identifier, value, from the linkage table
owners     account: how many own it, and how much of it they are known to hold
accounts   account
future_accounts
           account on record that is created after as-of, made beside ``accounts``
inventory  instance or GPU and who held it when
labels     reviewer's decision
========== ======================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Final, Protocol

import polars as pl

from features.catalogue import Catalogue
from features.clock import in_slices
from features.grouping import compact
from features.growing import grown
from features.observed import MET
from features.shape import Shape
from features.shapes import SHAPES
from features.tables import TABLES, names
from features.types import Parts

__all__ = [
    "SHAPES",
    "Elsewhere",
    "InOrder",
    "Parts",
    "Rollups",
    "Shape",
    "Sums",
    "complete",
    "merge",
    "rollup",
]

# Fewer rows than one in so many are put into a sum that stands; else all are sorted.
FEW: Final = 4
# New rows of a rollup that are held before they are added up.
HEAP_ROWS: Final = 1 << 21
# Companies of identifiers (some columns of texts each) that are held before they are told apart.
MET_ROWS: Final = 1 << 18


class Elsewhere(Protocol):
    """Rollups that memory does not hold: read piece by piece, an account in one of them."""

    def pieces(self, names: Sequence[str]) -> Iterator[Parts]:
        """Some of them: a frame for each name in every piece, with its rows in order.

        Raises
        ------
        KeyError
            Where there is no rollup of a name.
        """
        ...


@dataclass(frozen=True)
class Rollups:
    """Everything features read: rollups, the tables that were present, and as-of.

    Rollups that have a row for each account and day may lie ``elsewhere``, on a disk: whoever
    reads them asks for ``pieces``, or for the rows of some accounts (``where``). To ask for one by
    its name brings all of it here.
    """

    frames: Mapping[str, pl.DataFrame]
    present: frozenset[str]
    as_of: datetime
    catalogue: Catalogue
    window_days: int = 90
    elsewhere: Elsewhere | None = None

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self.where(name) if self.is_elsewhere(name) else self.frames[name]

    def is_elsewhere(self, name: str) -> bool:
        """Whether memory does not hold a rollup."""
        return self.elsewhere is not None and name not in self.frames

    def pieces(self, *names: str) -> Iterator[Rollups]:
        """The population piece by piece, as far as these rollups go: an account is in one piece.

        A piece has no other rollups of those that lie elsewhere; those that memory holds are
        whole in it. Where memory holds all that are asked for, these rollups are the only piece.

        Raises
        ------
        ValueError
            Where some of the names lie elsewhere and some do not: their pieces would not fit.
        """
        away = [self.is_elsewhere(name) for name in names]
        if self.elsewhere is None or not any(away):
            yield self
            return
        if not all(away):
            raise ValueError(f"some of {', '.join(names)} are held here and some are not")
        for parts in self.elsewhere.pieces(names):
            yield replace(self, frames={**self.frames, **parts}, elsewhere=None)

    def of_pieces(self, work: Callable[[Rollups], pl.DataFrame], *names: str) -> pl.DataFrame:
        """What ``work`` makes of each of the ``pieces``, one below the other.

        A piece is let go whole: what was picked from it would hold on to all of its texts.
        """
        if not any(self.is_elsewhere(name) for name in names):
            return work(self)
        return pl.concat(compact(work(piece)) for piece in self.pieces(*names))

    def where(self, name: str, rows: pl.Expr | None = None) -> pl.DataFrame:
        """The rows of a rollup for which ``rows`` holds, in the order of all; by default all.

        ``rows`` must look at one row at a time.
        """
        if not self.is_elsewhere(name):
            return self.frames[name] if rows is None else self.frames[name].filter(rows)
        found = (
            piece[name] if rows is None else compact(piece[name].filter(rows))
            for piece in self.pieces(name)
        )
        return merge({name: part} for part in found)[name]

    def of(self, ids: pl.Series, *names: str) -> Rollups:
        """These rollups, those that are named with the rows of some accounts alone."""
        mine = pl.col("account_id").is_in(ids.implode())
        few = {name: self.where(name, mine) for name in names}
        return replace(self, frames={**self.frames, **few})

    @property
    def window_start(self) -> pl.Expr:
        """First day (Date) of the trailing window."""
        return pl.lit((self.as_of - timedelta(days=self.window_days)).date())

    def window(self, name: str, *columns: str, rows: pl.Expr | None = None) -> pl.DataFrame:
        """A rollup cut to the trailing ``window_days`` before as-of.

        By day where it has days, by the time of a payment, else by when it was last seen. Where
        ``columns`` are named, those alone; ``rows`` picks some: what is left out is not copied.
        """
        frame = self[name]
        day = pl.col("day") if "day" in frame.columns else pl.col(_moment(frame)).dt.date()
        inside = frame.select(day >= self.window_start).to_series()
        some = frame.select(columns) if columns else frame
        if rows is not None:
            inside = inside & frame.select(rows).to_series()
        # What lies within as a whole need not be copied.
        return some if inside.all(ignore_nulls=False) else some.filter(inside)


def _moment(frame: pl.DataFrame) -> str:
    return "time" if "time" in frame.columns else "last"


def rollup(table: str, rows: pl.DataFrame, as_of: datetime, catalogue: Catalogue) -> Parts:
    """Summarise what was known of one part of one normalised table at ``as_of``.

    Tables without a rollup give nothing. Each key stands once, and the rows come in no order:
    ``merge`` puts them in order.
    """
    rolling = Rolling(table, as_of, catalogue)
    found: dict[str, pl.DataFrame] = {}
    for part in chain(rolling.take(rows), rolling.rest()):
        found |= part
    return found


@dataclass
class Rolling:
    """The parts of one table on their way to rollups; see ``rollup``.

    What repeats from part to part is held and told of many parts at once, so that the rollups
    of a table are all that ``take`` and, at last, ``rest`` give.
    """

    table: str
    as_of: datetime
    catalogue: Catalogue
    _met: list[pl.DataFrame] = field(default_factory=list)

    def take(self, rows: pl.DataFrame) -> Iterator[Parts]:
        """Yield the rollups of one part, and what is told of those before where it is much."""
        yield self._ready(rows)
        if sum(frame.height for frame in self._met) > MET_ROWS:
            yield from self.rest()

    def rest(self) -> Iterator[Parts]:
        """Yield what is told of the parts so far, if anything; afterwards nothing is held."""
        told = TABLES[self.table].told
        if told is not None and self._met:
            company = pl.concat(self._met)
            self._met.clear()
            yield told(company)

    def _ready(self, rows: pl.DataFrame) -> Parts:
        record = TABLES[self.table]
        known = record.known(rows, self.as_of)
        pieces = in_slices(known, *record.span) if record.span else iter([known])
        parts = (self._apart(record.rollup(piece, self.as_of, self.catalogue)) for piece in pieces)
        first = next(parts)
        more = next(parts, None)
        return first if more is None else merge(chain((first, more), parts))

    def _apart(self, parts: Parts) -> Parts:
        """The rollups that are ready; what is told later is held."""
        self._met += [frame for name, frame in parts.items() if name == MET]
        return {name: frame for name, frame in parts.items() if name != MET}


class InOrder(dict[str, pl.DataFrame]):
    """Parts that ``merge`` gave: each key stands once in each, in order."""


def merge(parts: Iterable[Parts]) -> dict[str, pl.DataFrame]:
    """Add rollup parts up, each with its rows in the order of its keys.

    The order of the parts does not matter. They are taken one by one, so that memory holds
    little more than the sum, or than the parts where these have few keys in common.
    """
    sums = Sums()
    sums.add(parts)
    return sums.whole()


def complete(
    frames: Parts, present: Iterable[str], as_of: datetime, catalogue: Catalogue
) -> Rollups:
    """Fill in empty frames for absent tables, so that features need no special case."""
    empty = {name: shape.schema().to_frame() for name, shape in SHAPES.items()}
    for table in names(lambda record: record.kept_whole):
        empty[table] = TABLES[table].schema.create_empty()
    empty["future_accounts"] = empty["accounts"].select("account_id")
    return Rollups({**empty, **frames}, frozenset(present), as_of, catalogue)


@dataclass
class Sums:
    """Parts on their way to their sum; see ``merge``."""

    _heaps: dict[str, _Heap] = field(default_factory=dict)

    def add(self, parts: Iterable[Parts]) -> None:
        """Take parts in, one by one."""
        for part in parts:
            for name, frame in part.items():
                heap = self._heaps.setdefault(name, _Heap(SHAPES.get(name)))
                if isinstance(part, InOrder) and heap.sum is None:
                    heap.sum = frame
                else:
                    heap.take(frame)

    def whole(self) -> dict[str, pl.DataFrame]:
        """The sum of all parts; afterwards there are none."""
        return {name: self._heaps.pop(name).whole() for name in list(self._heaps)}


@dataclass
class _Heap:
    """Parts of one rollup; added up when there are as many new rows as old ones.

    ``sum`` is of some parts: it is in order, and few rows more are put where they belong.
    """

    shape: Shape | None
    sum: pl.DataFrame | None = None
    frames: list[pl.DataFrame] = field(default_factory=list)
    old: int = 0
    new: int = 0

    def take(self, frame: pl.DataFrame) -> None:
        self.frames.append(frame)
        self.new += frame.height
        if self.shape is not None and self.new > max(HEAP_ROWS, self.old):
            self._add_up(self.shape)

    def _add_up(self, shape: Shape) -> None:
        """Add up what recurs; other rows would only be copied."""
        rows = pl.concat(self.frames)
        if shape.recurs(shape.hashes(rows)):
            self.frames = [shape.add_up(rows)]
        self.old, self.new = sum(frame.height for frame in self.frames), 0

    def whole(self) -> pl.DataFrame:
        before, self.sum = self.sum, None
        if before is None or self.shape is None:
            self.frames += [] if before is None else [before]
            return self._whole()
        if not self.frames:
            return before
        if FEW * sum(frame.height for frame in self.frames) > before.height:
            self.frames.append(before)
            return self._whole()
        return grown(self.shape, before, self._whole())

    def _whole(self) -> pl.DataFrame:
        rows, parts = pl.concat(self.frames), len(self.frames)
        self.frames.clear()
        if self.shape is None:
            return rows.sort(rows.columns, nulls_last=False)
        columns = rows.get_columns()
        del rows
        return self.shape.total(columns) if parts > 1 else self.shape.in_order(columns)
