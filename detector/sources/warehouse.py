"""Charges that a warehouse has rolled up: the query, what its SKU texts mean, and its answer.

The FOCUS table stays where it is. ``warehouse.sql`` makes of it the rollup that
:mod:`features.charges` makes of files, to the last digit, and everything else runs from that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import polars as pl

from detector.errors import DataError
from detector.sources.discover import discover
from detector.sources.ledger import Ahead, TableCounts
from detector.sources.listing import InputFile, Unread
from detector.sources.logs import Logs
from detector.sources.place import LocalPlace, Place
from detector.sources.text import printable
from features.catalogue import Catalogue
from features.charges import SKU_KEYS
from features.rollups import Parts, merge
from features.shapes import SHAPES
from features.tables import SCHEMAS

USAGE = "usage"


def rollup_statements() -> list[str]:
    """The statements of ``warehouse.sql``: the functions it uses, then the one query."""
    text = resources.files("detector.sources").joinpath("warehouse.sql").read_text("utf-8")
    return [part.strip() for part in text.split(";\n") if part.strip()]


def sku_meanings(seen: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """The table ``skus`` of the query.

    Parameters
    ----------
    seen
        Texts that occur in the FOCUS table, in the columns of ``features.charges.SKU_KEYS``;
        columns that it lacks may be left out.
    catalogue
        What maps texts to GPUs and tokens.

    Returns
    -------
    pl.DataFrame
        Each combination of texts once, and what the catalogue says of it.
    """
    absent = [pl.lit(None, dtype=pl.String).alias(c) for c in SKU_KEYS if c not in seen.columns]
    texts = seen.with_columns(absent).select(pl.col(SKU_KEYS).cast(pl.String))
    blank = pl.col(SKU_KEYS).is_in(["", "NULL"])
    told = texts.with_columns(pl.when(~blank).then(pl.col(SKU_KEYS)).name.keep())
    return catalogue.map_skus(told.unique().sort(SKU_KEYS))


def open_warehouse_logs(
    folder: str | Path,
    rolled_up: str | Path,
    as_of: datetime,
    *,
    catalogue: Catalogue | None = None,
    max_bad: float = 0.05,
) -> WarehouseLogs:
    """Open a log folder whose charges a warehouse has rolled up.

    Parameters
    ----------
    folder
        The other tables, ``accounts`` among them; a ``usage`` in it is not looked at.
    rolled_up
        Parquet file with the answer of the query.
    as_of
        The ``$as_of`` that the query was given; naive is UTC.
    catalogue
        The one that gave the SKU texts their meaning; default: the shipped one.
    max_bad
        As in :func:`detector.read_logs`.

    Raises
    ------
    DataError
        Where a table is missing or the file is not the query's answer as of then.
    """
    moment = as_of.replace(tzinfo=UTC) if as_of.tzinfo is None else as_of.astimezone(UTC)
    known = catalogue or Catalogue.load()
    others = discover(Path(folder), tuple(table for table in SCHEMAS if table != USAGE))
    logs = Logs(others, moment, max_bad=max_bad, catalogue=known)
    path = Path(rolled_up)
    charges = _charges(path, moment)
    digest = LocalPlace(path.parent).sha256(path.name)
    file = InputFile(path.name, USAGE, path.stat().st_size, digest, rows=charges.height)
    return WarehouseLogs(logs, charges, file)


@dataclass(frozen=True)
class WarehouseLogs(Mapping[str, pl.LazyFrame]):
    """A log folder, its charges as rollups: ``score_logs`` takes it like any other source."""

    others: Logs
    charges: pl.DataFrame
    file: InputFile

    def __getitem__(self, table: str) -> pl.LazyFrame:
        """Return a table of the folder; the rows of usage stayed in the warehouse."""
        if table == USAGE:
            raise _no_rows()
        return self.others[table]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the tables that are present, in the contract's order."""
        return iter(self.tables())

    def __len__(self) -> int:
        """Return the number of tables that are present."""
        return len(self.tables())

    def __contains__(self, table: object) -> bool:
        """Tell whether a table is present, rolled up or not."""
        return table in self.tables()

    def tables(self) -> Sequence[str]:
        """The tables that are present, in the contract's order."""
        return tuple(t for t in SCHEMAS if t == USAGE or t in self.others.tables())

    @property
    def as_of(self) -> datetime:
        """The time that the query was given."""
        return self.others.as_of

    @property
    def catalogue(self) -> Catalogue:
        """The one that gave the SKU texts their meaning."""
        return self.others.catalogue

    @property
    def counts(self) -> Mapping[str, TableCounts]:
        """Records by table; of charges the rows that the warehouse added up."""
        rows = int(self.charges["rows"].sum())
        return {USAGE: TableCounts(read=rows, ok=rows), **self.others.counts}

    @property
    def quarantine(self) -> pl.DataFrame:
        """The rows set aside, of the tables that are files."""
        return self.others.quarantine

    @property
    def inputs(self) -> list[InputFile]:
        """The query's answer, then the files of the other tables."""
        return [self.file, *self.others.inputs]

    @property
    def unread(self) -> list[Unread]:
        """The files that were passed over or set aside, and why."""
        return self.others.unread

    @property
    def warnings(self) -> list[str]:
        """Sentences about files that were passed over or need a look."""
        return self.others.warnings

    @property
    def ahead(self) -> Ahead:
        """As-of was given: no charge lies ahead of it."""
        return self.others.ahead

    @property
    def later(self) -> Mapping[str, Ahead]:
        """The rows of other tables that lie further ahead, by table."""
        return self.others.later

    @property
    def far(self) -> Mapping[str, int]:
        """Rows by table that are set aside because they lie too far ahead to be read."""
        return self.others.far

    @property
    def lists(self) -> Place | None:
        """Where the restricted-party lists lie, if the folder has any."""
        return self.others.lists

    def parts(self, table: str) -> Iterator[pl.DataFrame]:
        """The rows of a table that is files.

        Raises
        ------
        DataError
            Of usage: its rows stayed in the warehouse.
        """
        if table == USAGE:
            raise _no_rows()
        return self.others.parts(table)

    def rollups(self, table: str, moment: datetime) -> Iterator[Parts]:
        """The rollups of a table.

        Raises
        ------
        DataError
            Where another time is asked for than the query was.
        """
        if moment != self.as_of:
            raise DataError(
                f"the charges were rolled up as of {self.as_of.isoformat()}, and as of "
                f"{moment.isoformat()} was asked for; run the query again with that time"
            )
        if table == USAGE:
            return iter([{USAGE: self.charges}])
        return self.others.rollups(table, moment)


def _no_rows() -> DataError:
    return DataError("the charges are rolled up in a warehouse; their rows are not here")


def _charges(path: Path, as_of: datetime) -> pl.DataFrame:
    """The answer of the query, in the types and the order of the product's rollup."""
    name, shape = printable(path.name), SHAPES[USAGE]
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{name} is not a whole Parquet file; export the rollup again") from error
    missing = [column for column in shape.schema() if column not in frame.columns]
    if missing:
        raise DataError(
            f"{name} lacks the columns {', '.join(missing)}; expected the answer of warehouse.sql"
        )
    times = [
        pl.col(c).dt.replace_time_zone("UTC")
        for c in ("first", "last")
        if getattr(frame.schema[c], "time_zone", "UTC") is None
    ]
    typed = frame.with_columns(times).select(list(shape.schema())).cast(shape.schema())
    if typed.filter(pl.col("last") > as_of).height:
        raise DataError(
            f"{name} holds charges after {as_of.isoformat()}; give the as-of of the query"
        )
    return merge([{USAGE: typed}])[USAGE]
