"""Tables in memory as a source: any mapping of names to normalised lazy frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import polars as pl

from detector.errors import DataError
from detector.sources import quarantine
from detector.sources.facts import known_by
from detector.sources.ledger import Ahead, TableCounts
from detector.sources.listing import InputFile, Unread
from detector.sources.place import Place
from features.catalogue import Catalogue
from features.rollups import Parts, rollup
from features.tables import SCHEMAS


@dataclass(frozen=True)
class Frames:
    """A source over frames: nothing of it was a file, so that there is no account of files.

    ``counts`` and ``quarantine`` are of the frames that were not in the contract's form.
    """

    frames: Mapping[str, pl.LazyFrame]
    given: datetime | None = None
    catalogue: Catalogue = field(default_factory=Catalogue.load)
    counts: Mapping[str, TableCounts] = field(default_factory=dict)
    quarantine: pl.DataFrame = field(default_factory=quarantine.empty)

    @cached_property
    def as_of(self) -> datetime:
        """The time that was given, else the latest end of a Usage row."""
        if self.given is not None:
            return self.given
        usage = self.frames["usage"].filter(pl.col("ChargeCategory") == "Usage")
        latest: datetime | None = usage.select(pl.col("ChargePeriodEnd").max()).collect().item()
        if latest is None:
            raise DataError("no row of usage is a Usage row, so as-of is unknown; pass as_of")
        return latest

    @property
    def inputs(self) -> Sequence[InputFile]:
        """No files."""
        return ()

    @property
    def unread(self) -> Sequence[Unread]:
        """No files."""
        return ()

    @property
    def warnings(self) -> Sequence[str]:
        """Nothing to tell."""
        return ()

    @property
    def ahead(self) -> Ahead:
        """Frames are asked no clock."""
        return Ahead()

    @property
    def later(self) -> Mapping[str, Ahead]:
        """Frames are asked no clock."""
        return {}

    @property
    def far(self) -> Mapping[str, int]:
        """Nothing was set aside."""
        return {}

    @property
    def lists(self) -> Place | None:
        """No lists."""
        return None

    def tables(self) -> Sequence[str]:
        """The tables that are there, in the contract's order."""
        return tuple(table for table in SCHEMAS if table in self.frames)

    def parts(self, table: str) -> Iterator[pl.DataFrame]:
        """A table as it was known at as-of, at once."""
        yield known_by(self.frames[table].collect(), table, self.as_of)

    def rollups(self, table: str, moment: datetime) -> Iterator[Parts]:
        """The rollup of a table."""
        for rows in self.parts(table):
            yield rollup(table, rows, moment, self.catalogue)
