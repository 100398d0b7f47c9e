"""The warehouse's query and the product make the same rollup, to the last digit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from detector import read_logs, score_logs, train_logs
from detector.errors import DataError
from detector.simulate import simulate
from detector.sources import Logs
from detector.sources.layout import schema_of
from detector.sources.warehouse import open_warehouse_logs, rollup_statements, sku_meanings
from features.catalogue import Catalogue
from features.charges import SKU_KEYS
from features.rollups import merge, rollup
from tests.examples import first

TYPES = {"Datetime": "TIMESTAMP", "Decimal": "DECIMAL(38, 15)"}
READERS = {
    "parquet": "read_parquet('{}', hive_partitioning = false)",
    "csv": "read_csv('{}', all_varchar = true)",
    "jsonl": "read_json('{}', format = 'newline_delimited', records = true)",
    "ndjson": "read_json('{}', format = 'newline_delimited', records = true)",
}


pytestmark = pytest.mark.usefixtures("few_trees")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load()


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world with corrections, restated deliveries and rows that the reader refuses."""
    folder = tmp_path_factory.mktemp("warehouse") / "logs"
    simulate("dirty", 90, 21, 11, folder)
    return folder


def focus(warehouse: duckdb.DuckDBPyConnection, logs: Logs) -> None:
    """Load the live files into a FOCUS table; what cannot be read as its type is null."""
    parts = []
    for file in (f for f in logs.inputs if f.table == "usage"):
        form = next(r for e, r in READERS.items() if f".{e}" in file.path)
        source = form.format(Path(logs.place.name) / file.path)
        found = warehouse.sql(f"SELECT * FROM {source}").columns
        columns = [
            f"TRY_CAST({c if c in found else 'NULL'} AS "
            f"{TYPES.get(str(kind.base_type()), 'VARCHAR')}) AS {c}"
            for c, kind in schema_of("usage").items()
        ]
        parts.append(f"SELECT {', '.join(columns)} FROM {source}")
    warehouse.execute("CREATE TABLE focus AS " + " UNION ALL ".join(parts))


def rolled_up(logs: Logs, as_of: datetime, catalogue: Catalogue, target: Path) -> pl.DataFrame:
    """What the documentation says to do, in DuckDB."""
    with duckdb.connect() as warehouse:
        warehouse.execute("SET TimeZone = 'UTC'")
        focus(warehouse, logs)
        texts = warehouse.sql(f"SELECT DISTINCT {', '.join(SKU_KEYS)} FROM focus")
        seen = pl.DataFrame(pl.from_arrow(texts.to_arrow_table()))
        warehouse.register("skus", sku_meanings(seen, catalogue).to_arrow())
        *functions, query = rollup_statements()
        for statement in functions:
            warehouse.execute(statement)
        copy = f"COPY ({query}) TO '{target}' (FORMAT parquet)"
        warehouse.execute(copy, {"as_of": as_of.replace(tzinfo=None)})
    return pl.read_parquet(target)


@pytest.mark.parametrize("earlier", first([timedelta(0), timedelta(days=3, hours=5, seconds=7)]))
@pytest.mark.parametrize("name", ["dirty", pytest.param("sample_logs", marks=pytest.mark.long)])
def test_the_query_makes_the_products_rollup(
    name: str, earlier: timedelta, dirty: Path, repository: Path, catalogue: Catalogue,
    tmp_path: Path,
) -> None:  # fmt: skip
    folder = dirty if name == "dirty" else repository / "sample_logs"
    logs = read_logs(folder, max_bad=0.5)
    as_of = logs.as_of - earlier
    ours = merge(rollup("usage", part, as_of, catalogue) for part in logs.parts("usage"))["usage"]
    theirs = rolled_up(logs, as_of, catalogue, tmp_path / "usage.parquet")
    assert theirs.columns == ours.columns
    held = open_warehouse_logs(folder, tmp_path / "usage.parquet", as_of)
    assert merge(held.rollups("usage", as_of))["usage"].equals(ours)


def test_rows_without_quantity_or_unit_are_the_same_in_both(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    start = datetime(2026, 2, 2, 20, tzinfo=UTC)
    cases = [
        {},
        {"ConsumedUnit": "GB"},
        {"ConsumedUnit": "GB", "ConsumedQuantity": Decimal(0)},
        {"ConsumedUnit": "GB", "ResourceType": "m5.large"},
        {"CommitmentDiscountStatus": "Unused"},
        *({"ConsumedUnit": unit, "ConsumedQuantity": None, **why}
          for unit in (None, "Hrs", "GB")
          for why in ({"CommitmentDiscountStatus": "Unused"},
                      {"CapacityReservationStatus": "Unused"}, {"ChargeClass": "Correction"})),
        {"ConsumedUnit": None, "ConsumedQuantity": Decimal(-2), "ChargeClass": "Correction"},
    ]  # fmt: skip
    usual = {
        "BillingAccountId": "a", "ChargeCategory": "Usage", "ServiceName": "EC2",
        "ChargePeriodStart": start, "ChargePeriodEnd": start + timedelta(hours=7),
        "ResourceType": "p4d.24xlarge", "ConsumedUnit": "Hrs", "ConsumedQuantity": Decimal(7),
        "EffectiveCost": Decimal(1),
    }  # fmt: skip
    rows = pl.DataFrame([{**usual, **case} for case in cases], schema=schema_of("usage"))
    as_of = datetime(2026, 2, 4, tzinfo=UTC)
    ours = merge([rollup("usage", rows, as_of, catalogue)])["usage"]
    text = rows.with_columns(
        pl.col(pl.Enum).cast(pl.String), pl.col("^ChargePeriod.*$").dt.replace_time_zone(None)
    )
    with duckdb.connect() as warehouse:
        warehouse.register("focus", text.to_arrow())
        warehouse.register("skus", sku_meanings(text, catalogue).to_arrow())
        *functions, query = rollup_statements()
        for statement in functions:
            warehouse.execute(statement)
        target = tmp_path / "usage.parquet"
        copy = f"COPY ({query}) TO '{target}' (FORMAT parquet)"
        warehouse.execute(copy, {"as_of": as_of.replace(tzinfo=None)})
    (tmp_path / "accounts.csv").write_text("account_id,created_at\na,2025-01-01\n")
    held = open_warehouse_logs(tmp_path, target, as_of)
    assert merge(held.rollups("usage", as_of))["usage"].equals(ours)
    assert ours["unmapped_rows"].sum() == 4  # two rows, each on two days


def test_the_dirty_world_has_what_the_query_must_cope_with(dirty: Path) -> None:
    logs = read_logs(dirty, max_bad=0.5)
    rows = pl.concat(logs.parts("usage"))
    assert rows.filter(pl.col("ChargeClass") == "Correction").height
    assert logs.counts["usage"].quarantined


@pytest.mark.long
def test_everything_runs_from_the_rollup(dirty: Path, catalogue: Catalogue, tmp_path: Path) -> None:
    logs = read_logs(dirty, max_bad=0.5)
    model = train_logs(logs, threads=2)
    rolled_up(logs, logs.as_of, catalogue, tmp_path / "usage.parquet")
    held = open_warehouse_logs(dirty, tmp_path / "usage.parquet", logs.as_of, max_bad=0.5)
    here, there = (score_logs(source, model, threads=2) for source in (logs, held))
    assert there.features.equals(here.features)
    assert there.scores.equals(here.scores)
    assert "usage" not in there.run["missing_tables"]
    assert there.run["inputs"][0]["path"] == "usage.parquet"


def test_an_answer_of_another_time_or_shape_is_refused(
    dirty: Path, catalogue: Catalogue, tmp_path: Path
) -> None:
    logs = read_logs(dirty, max_bad=0.5)
    target = tmp_path / "usage.parquet"
    answer = rolled_up(logs, logs.as_of, catalogue, target)
    with pytest.raises(DataError, match="holds charges after"):
        open_warehouse_logs(dirty, target, logs.as_of - timedelta(days=2))
    held = open_warehouse_logs(dirty, target, logs.as_of, max_bad=0.5)
    with pytest.raises(DataError, match="run the query again"):
        held.rollups("usage", logs.as_of + timedelta(hours=1))
    with pytest.raises(DataError, match="their rows are not here"):
        held["usage"]
    answer.drop("idle").write_parquet(target)
    with pytest.raises(DataError, match="lacks the columns idle"):
        open_warehouse_logs(dirty, target, logs.as_of)
