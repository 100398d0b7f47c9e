"""Ways from raw rows to rollups and features: ours, bare scans, and other tools."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Final

from features_data import COLUMNS, EVENT_COLUMNS, KEYS, START

AS_OF: Final = START + timedelta(days=400)
SLICE: Final = 1 << 18
"""Rows at a time: whole row groups together, as ``detector.sources`` reads these files."""


@dataclass(frozen=True)
class Work:
    """Where a contender reads and writes, and which share of the files."""

    folder: Path
    out: Path
    share: float

    def files(self, table: str, ending: str = "parquet") -> list[Path]:
        found = sorted((self.folder / table).glob(f"day-*.{ending}"))
        return found[: max(1, int(len(found) * self.share))]

    def folder_of(self, folder: str, ending: str = "parquet", table: str = "usage") -> Path:
        """A log folder with the chosen files of one table; charges there must be."""
        logs = Path(tempfile.mkdtemp(dir=self.out))
        (logs / table).mkdir()
        for file in self.files(folder, ending):
            os.link(file, logs / table / file.name)
        if table != "usage":
            os.link(self.files("usage")[0], logs / "usage.parquet")
        os.link(self.folder / "accounts.parquet", logs / "accounts.parquet")
        return logs


def _rows(files: list[Path]) -> int:
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(f).num_rows for f in files)


def _scan(table: str, columns: list[str]) -> Callable[[Work], int]:
    def run(work: Work) -> int:
        import polars as pl

        return sum(pl.read_parquet(f, columns=columns).height for f in work.files(table))

    return run


def _slices(table: str, file: Path) -> Iterator[Any]:
    """The rows of a file in slices, with the columns it lacks as nulls, as the reader does it."""
    import polars as pl

    from features.tables import SCHEMAS

    kinds, scan = SCHEMAS[table].create_empty().schema, pl.scan_parquet(file)
    there = frozenset(scan.collect_schema())
    for start, rows in _spans(file):
        whole = [
            name if name in there else pl.lit(None, dtype=kind).alias(name)
            for name, kind in kinds.items()
        ]
        yield scan.slice(start, rows).select(whole).collect()


def _spans(file: Path) -> Iterator[tuple[int, int]]:
    """First row and number of rows of neighbouring row groups."""
    import pyarrow.parquet as pq

    metadata, start, length = pq.read_metadata(file), 0, 0
    for number in range(metadata.num_row_groups):
        rows = metadata.row_group(number).num_rows
        if length and length + rows > SLICE:
            yield start, length
            start, length = start + length, 0
        length += rows
    yield start, length


def _rolled(table: str, file: Path) -> Iterator[dict[str, Any]]:
    from features.rollups import rollup

    return (rollup(table, rows, AS_OF, _catalogue()) for rows in _slices(table, file))


@cache
def _catalogue() -> Any:
    from features.catalogue import Catalogue

    return Catalogue.load()


def _rollup(table: str) -> Callable[[Work], int]:
    def run(work: Work) -> int:
        from features.rollups import merge

        for file in work.files(table):
            for name, frame in merge(_rolled(table, file)).items():
                (work.out / name).mkdir(exist_ok=True)
                # As ``detector.state`` writes them.
                frame.write_parquet(work.out / name / file.name, compression_level=1)
        return _rows(work.files(table))

    return run


def run_merge(work: Work) -> int:
    """Read and merge the parts of usage; rows are those of the parts."""
    import polars as pl

    from features.rollups import merge

    files = sorted((work.folder / "parts" / "usage").glob("*.parquet"))
    rows = _rows(files)
    merge({"usage": pl.read_parquet(f)} for f in files)
    return rows


def _together(work: Work, table: str) -> Iterator[dict[str, Any]]:
    """Rollups of all files, as a run without a state rolls them up: short files together."""
    from detector.sources.whole import rolled_together
    from features.rollups import Rolling

    rows = chain.from_iterable(_slices(table, file) for file in work.files(table))
    return rolled_together(rows, Rolling(table, AS_OF, _catalogue()))


def run_features(work: Work) -> int:
    """Raw rows of both tables to the feature table, in one process."""
    from features.rollups import merge

    tables = ("usage", "events")
    _table(work, merge(part for table in tables for part in _together(work, table)))
    return sum(_rows(work.files(table)) for table in tables)


def run_whole(work: Work) -> int:
    """Event rows to one rollup, as DuckDB gives it."""
    from features.rollups import merge

    for name, frame in merge(_together(work, "events")).items():
        frame.write_parquet(work.out / f"{name}.parquet", compression_level=1)
    return _rows(work.files("events"))


def run_day(work: Work) -> int:
    """One more day on top of the stored rollups of all days, to stored rollups."""
    from features.rollups import merge

    day = Work(work.folder, work.out, 0)
    files = [(table, day.files(table)[0]) for table in ("usage", "events")]
    for table, file in files:
        for name, frame in merge(_rolled(table, file)).items():
            frame.write_parquet(work.out / f"{name}.parquet", compression_level=1)
    return _rows([file for _, file in files])


def run_stored(work: Work) -> int:
    """The stored rollups of all days to the feature table."""
    import polars as pl

    from features.rollups import merge

    files = sorted((work.folder / "parts").glob("*/*.parquet"))
    merged = merge({f.parent.name: pl.read_parquet(f)} for f in files)
    _table(work, merged)
    return _rows(files)


def _table(work: Work, merged: dict[str, Any]) -> None:
    import polars as pl

    from features.build import feature_table
    from features.rollups import complete

    accounts = pl.read_parquet(work.folder / "accounts.parquet")
    frames = {**merged, "accounts": accounts}
    moment = START + timedelta(days=90)
    present = ["usage", "events", "accounts"]
    table = feature_table(complete(frames, present, moment, _catalogue()))
    table.write_parquet(work.out / "features.parquet")


def run_duckdb(work: Work) -> int:
    keys = ", ".join(KEYS)
    _duckdb(
        work,
        f"""
        SELECT {keys}, ChargePeriodStart::DATE AS day, count(*) AS n,
          sum(ConsumedQuantity) AS quantity, sum(EffectiveCost) AS cost,
          bit_or(1 << hour(ChargePeriodStart)) AS hours, min(ChargePeriodStart) AS first,
          max(ChargePeriodEnd) AS last
        FROM read_parquet({[str(f) for f in work.files("usage")]}) GROUP BY ALL ORDER BY ALL
        """,
    )
    return _rows(work.files("usage"))


def _events_duckdb(kinds: list[tuple[str, ...]]) -> Callable[[Work], int]:
    """The daily operations, the daily places, and each of some kinds of identifiers."""

    def run(work: Work) -> int:
        source = f"read_parquet({[str(f) for f in work.files('events')]})"
        times = "count(*) AS n, min(time) AS first, max(time) AS last"
        access = "actor_uid, src_country, src_asn_class, src_asn"
        for keys in ("time::DATE AS d, operation", f"time::DATE AS d, {access}"):
            _duckdb(work, f"SELECT account_id, {keys}, {times} FROM {source} "
                          "GROUP BY ALL ORDER BY ALL")  # fmt: skip
        for columns in kinds:
            there = " AND ".join(f"{column} IS NOT NULL" for column in columns)
            _duckdb(work, f"SELECT account_id, {', '.join(columns)}, {times} FROM {source} "
                          f"WHERE {there} GROUP BY ALL ORDER BY ALL")  # fmt: skip
        return _rows(work.files("events"))

    return run


def _kinds(whole: bool) -> list[tuple[str, ...]]:
    """The identifiers of events by which DuckDB groups: texts alone, or all and the pairs."""
    from features.observed import EVENT_IDENTIFIERS, EVENT_PAIRS

    alone = [(c,) for c in EVENT_IDENTIFIERS.values()]
    if whole:
        return [*alone, *EVENT_PAIRS.values()]
    return [kind for kind in alone if kind[0].endswith(("_uid", "_hash", "_fingerprint"))]


def _duckdb(work: Work, query: str) -> None:
    import duckdb

    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"COPY ({query}) TO '{work.out / 'duckdb.parquet'}'")


def run_lazy(work: Work) -> int:
    import polars as pl

    plan = (
        pl.scan_parquet(work.files("usage"))
        .group_by(*KEYS, pl.col("ChargePeriodStart").dt.date().alias("day"))
        .agg(
            pl.len().alias("n"),
            pl.col("ConsumedQuantity", "EffectiveCost").sum(),
            pl.col("ChargePeriodStart").dt.hour().n_unique().alias("hours"),
            pl.col("ChargePeriodStart").min().alias("first"),
            pl.col("ChargePeriodEnd").max().alias("last"),
        )
        .sort(*KEYS, "day")
    )
    plan.collect(engine="streaming").write_parquet(work.out / "lazy.parquet")
    return _rows(work.files("usage"))


def run_events_lazy(work: Work) -> int:
    """The daily operations, places, and each kind of identifier and pair, as one set of plans."""
    import polars as pl

    events = pl.scan_parquet(work.files("events"))
    first, last = pl.col("time").min().alias("first"), pl.col("time").max().alias("last")
    times = [pl.len().alias("n"), first, last]
    day = pl.col("time").dt.date().alias("day")
    keys = [["operation"], ["actor_uid", "src_country", "src_asn_class", "src_asn"]]
    plans = [events.group_by("account_id", day, *columns).agg(times) for columns in keys]
    plans += [
        events.drop_nulls(columns).group_by("account_id", *columns).agg(times)
        for columns in _kinds(whole=True)
    ]
    for number, frame in enumerate(pl.collect_all(plans, engine="streaming")):
        frame.sort(frame.columns[:-3]).write_parquet(work.out / f"{number}.parquet")
    return _rows(work.files("events"))


def run_pandas(work: Work) -> int:
    import pandas as pd

    for file in work.files("usage"):
        frame = pd.read_parquet(file, columns=COLUMNS)
        frame["day"] = frame["ChargePeriodStart"].dt.date
        numbers = frame.astype({"ConsumedQuantity": float, "EffectiveCost": float})
        sums = numbers.groupby([*KEYS, "day"], observed=True, dropna=False)
        whole = sums[["ConsumedQuantity", "EffectiveCost"]].sum().reset_index()
        whole.to_parquet(work.out / file.name)
    return _rows(work.files("usage"))


def _csv(how: str, folder: str = "csv") -> Callable[[Work], int]:
    """A bare scan_csv: all columns as texts, with its defaults, or times and decimals parsed."""
    columns = COLUMNS if folder == "csv" else EVENT_COLUMNS

    def run(work: Work) -> int:
        import polars as pl

        texts = dict.fromkeys(COLUMNS, pl.String)
        typed = {c: pl.Datetime("us", "UTC") for c in COLUMNS if c.startswith("ChargeP")}
        typed |= {"ConsumedQuantity": pl.Decimal(38, 15), "EffectiveCost": pl.Decimal(38, 15)}
        schema: Any = {"texts": texts, "defaults": None, "typed": {**texts, **typed}}[how]
        rows = 0
        for file in work.files(folder, "csv.gz"):
            scan = pl.scan_csv(file, schema=schema)
            rows += scan.select(columns).collect(engine="streaming").height
        return rows

    return run


def _reader(folder: str, ending: str, table: str = "usage") -> Callable[[Work], int]:
    """Read with every check of the contract."""

    def run(work: Work) -> int:
        from detector import read_logs

        logs = read_logs(work.folder_of(folder, ending, table), AS_OF)
        # Like the scan, which lets go of a file before it reads the next one.
        return sum(map(len, logs.parts(table)))

    return run


def run_checked_rollup(work: Work) -> int:
    """Read with every check of the contract, and roll up."""
    from detector import read_logs
    from features.rollups import merge, rollup

    logs = read_logs(work.folder_of("plain"), AS_OF)
    merge(rollup("usage", part, AS_OF, _catalogue()) for part in logs.parts("usage"))
    return logs.counts["usage"].read


CONTENDERS: Final[dict[str, Callable[[Work], int]]] = {
    "scan": _scan("usage", COLUMNS), "rollup": _rollup("usage"), "merge": run_merge,
    "duckdb": run_duckdb, "lazy": run_lazy, "pandas": run_pandas,
    "event scan": _scan("events", EVENT_COLUMNS), "event rollup": _rollup("events"),
    "event duckdb": lambda work: _events_duckdb(_kinds(whole=False))(work),
    "event pairs duckdb": lambda work: _events_duckdb(_kinds(whole=True))(work),
    "event whole": run_whole, "event lazy": run_events_lazy,
    "features": run_features, "day": run_day,
    "stored": run_stored, "csv text": _csv("texts"), "csv scan": _csv("defaults"),
    "csv typed": _csv("typed"), "csv reader": _reader("csv", "csv.gz"),
    "event csv scan": _csv("defaults", "csv-events"),
    "event csv reader": _reader("csv-events", "csv.gz", "events"),
    "reader": _reader("plain", "parquet"), "checked rollup": run_checked_rollup,
}  # fmt: skip
