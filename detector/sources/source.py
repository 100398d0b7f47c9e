"""What a run reads from: the one protocol of log folders, states, warehouses and clusters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

import polars as pl

from detector.sources.ledger import Ahead, TableCounts
from detector.sources.listing import InputFile, Unread
from detector.sources.place import Place
from features.catalogue import Catalogue
from features.rollups import Parts


@runtime_checkable
class Source(Protocol):
    """Normalised tables and their account.

    ``parts`` yields a table's rows as they were known at as-of, ``rollups`` what they add up
    to; a source that keeps no rows of a table says so. ``counts``, ``quarantine``, ``inputs``,
    ``unread`` and ``warnings`` speak of what was read so far.
    """

    @property
    def as_of(self) -> datetime:
        """The time at which the source is looked at (UTC)."""
        ...

    @property
    def catalogue(self) -> Catalogue:
        """The GPU catalogue that its charges are read with."""
        ...

    @property
    def counts(self) -> Mapping[str, TableCounts]:
        """Records read, kept and set aside, by table."""
        ...

    @property
    def quarantine(self) -> pl.DataFrame:
        """The rows set aside, in the order of tables, files and rows."""
        ...

    @property
    def inputs(self) -> Sequence[InputFile]:
        """The files that count."""
        ...

    @property
    def unread(self) -> Sequence[Unread]:
        """The files that were passed over or set aside, and why."""
        ...

    @property
    def warnings(self) -> Sequence[str]:
        """Sentences about what needs a look."""
        ...

    @property
    def ahead(self) -> Ahead:
        """The Usage rows that lie further ahead than the clock allows: they wait."""
        ...

    @property
    def later(self) -> Mapping[str, Ahead]:
        """The rows of other tables that do, by table."""
        ...

    @property
    def far(self) -> Mapping[str, int]:
        """Rows by table that are set aside because they lie too far ahead to be read."""
        ...

    @property
    def lists(self) -> Place | None:
        """Where its restricted-party lists lie; None where it has none."""
        ...

    def tables(self) -> Sequence[str]:
        """The tables that are present, in the contract's order."""
        ...

    def parts(self, table: str) -> Iterator[pl.DataFrame]:
        """The rows of a table."""
        ...

    def rollups(self, table: str, moment: datetime) -> Iterator[Parts]:
        """The rollups of a table as of a moment, part by part."""
        ...
