"""A source whose decisions are given beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from detector.sources.ledger import Ahead, TableCounts
from detector.sources.listing import InputFile, Unread
from detector.sources.place import Place
from detector.sources.source import Source
from features.catalogue import Catalogue
from features.rollups import Parts
from features.tables import SCHEMAS

LABELS = "labels"


@dataclass(frozen=True)
class Labelled:
    """A source with another table of labels: everything else is told as it tells it."""

    source: Source
    decisions: Source

    @property
    def as_of(self) -> datetime:
        """The source's."""
        return self.source.as_of

    @property
    def catalogue(self) -> Catalogue:
        """The source's."""
        return self.source.catalogue

    @property
    def counts(self) -> Mapping[str, TableCounts]:
        """Those of both."""
        return {**self.source.counts, **self.decisions.counts}

    @property
    def quarantine(self) -> pl.DataFrame:
        """That of both."""
        return pl.concat([self.source.quarantine, self.decisions.quarantine])

    @property
    def inputs(self) -> Sequence[InputFile]:
        """The source's."""
        return self.source.inputs

    @property
    def unread(self) -> Sequence[Unread]:
        """The source's."""
        return self.source.unread

    @property
    def warnings(self) -> Sequence[str]:
        """The source's."""
        return self.source.warnings

    @property
    def ahead(self) -> Ahead:
        """The source's."""
        return self.source.ahead

    @property
    def later(self) -> Mapping[str, Ahead]:
        """The source's."""
        return self.source.later

    @property
    def far(self) -> Mapping[str, int]:
        """Those of both."""
        return {**self.source.far, **self.decisions.far}

    @property
    def lists(self) -> Place | None:
        """The source's."""
        return self.source.lists

    def tables(self) -> Sequence[str]:
        """The source's, and labels."""
        there = {*self.source.tables(), LABELS}
        return tuple(table for table in SCHEMAS if table in there)

    def parts(self, table: str) -> Iterator[pl.DataFrame]:
        """The rows of a table."""
        return (self.decisions if table == LABELS else self.source).parts(table)

    def rollups(self, table: str, moment: datetime) -> Iterator[Parts]:
        """The rollups of a table."""
        return (self.decisions if table == LABELS else self.source).rollups(table, moment)
