"""What there is to say about a table, in one record.

Whoever adds a table writes one of these and puts it into ``features.tables.TABLES``. The reader,
the stored state, retention, pseudonyms, rollups and reports ask it there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import dataframely as dy
import polars as pl

from features.catalogue import Catalogue
from features.tables.known import Known
from features.types import Parts

Maker = Callable[[pl.DataFrame, datetime, Catalogue], Parts]


def nothing(_rows: pl.DataFrame, _as_of: datetime, _catalogue: Catalogue) -> Parts:
    """No rollup: the table is read and kept, and no feature asks for it."""
    return {}


def untouched(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows as they are."""
    return rows


def kept_as(name: str) -> Maker:
    """A maker that keeps the known rows as they are, under a name."""
    return lambda rows, _as_of, _catalogue: {name: rows}


@dataclass(frozen=True)
class Table:
    """One input table.

    Parameters
    ----------
    name
        Its name in a log folder.
    schema
        Its columns and the rules of a row, made with ``features.tables.columns``.
    title
        What people call its rows: "billing rows".
    noun
        What a file of it should have been, in an error: "a FOCUS export".
    required
        Columns that a file must have.
    one_of
        Columns of which a file must have at least one, in the order in which they are asked.
    older_names
        Other names of columns, asked in their order where the name itself is missing.
    known
        What of it was known at as-of.
    seen_whole
        Time from which a row is seen whole, for rows that are rolled up and let go; None for
        tables of facts, which a state holds as rows.
    ends
        Time at which a row has nothing more to say, for retention; None: never.
    span
        Start and end of the time that a row covers, where it is split by days.
    account
        Columns that name the account a row is about; the first that is there decides.
    tidy
        Brings typed rows to the contract's form before they are checked.
    sentences
        What a broken rule is called, by the rule's name.
    rollup
        Makes the rollups of known rows.
    told
        Makes the rollups of what ``rollup`` calls ``observed.MET``, for some parts at once.
    kept_whole
        Whether its rows are a rollup, under its own name.
    watermark
        Rollup and column that tell up to when the table reaches.
    population
        The rollup whose accounts are scored for being there.
    needed
        Whether there is no run without it.
    here
        Whether a distributed run reads it on the driver.
    missed
        Whether a run without it says so.
    lesson
        Number of the lesson in which a prior is taught to do without it.
    """

    name: str
    schema: type[dy.Schema]
    title: str
    required: tuple[str, ...]
    noun: str = ""
    one_of: tuple[str, ...] = ()
    older_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    known: Callable[[pl.DataFrame, datetime], pl.DataFrame] = field(default_factory=Known)
    seen_whole: pl.Expr | None = None
    ends: pl.Expr | None = None
    span: tuple[str, str] | None = None
    account: tuple[str, ...] = ()
    tidy: Callable[[pl.DataFrame], pl.DataFrame] = untouched
    sentences: Mapping[str, str] = field(default_factory=dict)
    rollup: Maker = nothing
    told: Callable[[pl.DataFrame], Parts] | None = None
    kept_whole: bool = False
    watermark: tuple[str, str] | None = None
    population: str | None = None
    needed: bool = False
    here: bool = False
    missed: bool = False
    lesson: int | None = None

    @property
    def file(self) -> str:
        """What a file of it should be."""
        return self.noun or f"a table of {self.name}"
