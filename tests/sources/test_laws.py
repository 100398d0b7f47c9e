"""Laws: the form in which a table is delivered does not change what is read."""

from __future__ import annotations

import gzip
import tempfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detector.errors import DataError
from detector.sources import Logs, read_logs

IDS = st.text("0123456789abcxyzäß-_/, \"'", min_size=1, max_size=12).map(str.strip).filter(
    lambda t: t not in ("", "NULL")
)  # fmt: skip
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(
    lambda t: t.replace(microsecond=0)
)
ROW = st.fixed_dictionaries(
    {
        "ChargePeriodStart": TIMES,
        "ChargePeriodEnd": TIMES,
        "BillingAccountId": IDS,
        "ChargeCategory": st.sampled_from(["Usage", "usage", "TAX", "Credit", "Gift"]),
        "ServiceName": IDS,
        "ConsumedQuantity": st.none() | st.decimals(-5, 10**9, places=9),
        "ConsumedUnit": st.none() | st.sampled_from(["Hours", "GB"]),
        "SkuId": st.none() | IDS,
        "EffectiveCost": st.none() | st.decimals(-100, 100, places=15),
    }
)
TABLES = st.lists(ROW, min_size=1, max_size=12)
FORMS = st.sampled_from(["csv", "csv.gz", "csv.zst", "jsonl", "jsonl.gz", "parquet"])
TYPES = {
    **dict.fromkeys(("ChargePeriodStart", "ChargePeriodEnd"), pl.Datetime("us")),
    **dict.fromkeys(("ConsumedQuantity", "EffectiveCost"), pl.Decimal(38, 15)),
}
ACCOUNTS = b"account_id,created_at\nx,2020-01-01\n"
LIGHT = settings(deadline=None, suppress_health_check=[HealthCheck.data_too_large])


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = {name: TYPES.get(name, pl.String()) for name in rows[0]}
    return pl.DataFrame(rows, schema=schema)


def write(table: pl.DataFrame, path: Path, form: str) -> None:
    if form == "parquet":
        table.write_parquet(path)
        return
    times = pl.col("ChargePeriodStart", "ChargePeriodEnd").dt.strftime("%Y-%m-%d %H:%M:%S")
    text = table.with_columns(times, pl.col("^.*(Quantity|Cost)$").cast(pl.String))
    data = (text.write_csv() if form.startswith("csv") else text.write_ndjson()).encode()
    if form.endswith(".zst"):
        text.lazy().sink_csv(path, compression="zstd")
    else:
        path.write_bytes(gzip.compress(data) if form.endswith(".gz") else data)


def read(folder: Path) -> Logs:
    (folder / "accounts.csv").write_bytes(ACCOUNTS)
    logs = read_logs(folder, datetime(2030, 1, 1), max_bad=1.0)
    logs.validate()
    return logs


def rows_of(logs: Logs) -> list[str]:
    return sorted(map(repr, logs["usage"].collect().iter_rows()))


@LIGHT
@given(TABLES, FORMS, FORMS)
def test_every_format_gives_the_same_table(rows: list[dict[str, Any]], one: str, two: str) -> None:
    read_as = []
    for form in (one, two):
        with tempfile.TemporaryDirectory() as folder:
            write(frame(rows), Path(folder) / f"usage.{form}", form)
            logs = read(Path(folder))
            read_as.append((logs["usage"].collect(), logs.counts["usage"]))
            held = logs.quarantine.select("row", "column", "reason")
            read_as.append((held, logs.counts["usage"]))
    assert read_as[0][0].equals(read_as[2][0])
    assert read_as[1][0].equals(read_as[3][0])
    assert read_as[0][1] == read_as[2][1]


@LIGHT
@given(TABLES, st.permutations(range(12)), st.lists(FORMS, min_size=3, max_size=3), st.data())
def test_any_order_and_any_split_give_the_same_rows(
    rows: list[dict[str, Any]], order: list[int], forms: list[str], data: st.DataObject
) -> None:
    shuffled = [rows[i] for i in order if i < len(rows)]
    cut = sorted(data.draw(st.lists(st.integers(0, len(rows)), min_size=2, max_size=2)))
    spans = [(0, cut[0]), (cut[0], cut[1]), (cut[1], len(rows))]
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        write(frame(rows), Path(one) / "usage.parquet", "parquet")
        (Path(two) / "usage").mkdir()
        for number, (form, (start, end)) in enumerate(zip(forms, spans, strict=True)):
            if start < end:
                # a column of its own keeps two equal pieces from counting once
                piece = frame(shuffled[start:end]).with_columns(pl.lit(number).alias("piece"))
                write(piece, Path(two) / f"usage/{number}.{form}", form)
        assert rows_of(read(Path(one))) == rows_of(read(Path(two)))


@LIGHT
@given(TABLES, FORMS)
def test_what_is_read_is_kept_or_quarantined(rows: list[dict[str, Any]], form: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(frame(rows), Path(folder) / f"usage.{form}", form)
        logs = read(Path(folder))
        counts = logs.counts["usage"]
        assert counts.read == len(rows) == counts.ok + counts.quarantined
        assert logs.quarantine.height == counts.quarantined
        assert logs["usage"].collect().height == counts.ok


@LIGHT
@given(st.binary(max_size=400), st.sampled_from(["csv", "jsonl", "parquet", "csv.gz"]))
def test_noise_is_a_clear_error_or_quarantined(noise: bytes, form: str) -> None:
    header = b"" if form != "csv" else ",".join(frame([EXAMPLE]).columns).encode() + b"\n"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / f"usage.{form}").write_bytes(header + noise)
        try:
            counts = read(Path(folder)).counts["usage"]
        except DataError as error:
            said = str(error)
        else:
            said = "usage"
            assert counts.read == counts.ok + counts.quarantined
        assert "usage" in said


EXAMPLE = {
    "ChargePeriodStart": datetime(2026, 1, 1),
    "ChargePeriodEnd": datetime(2026, 1, 2),
    "BillingAccountId": "0012",
    "ChargeCategory": "Usage",
    "ServiceName": "x",
    "ConsumedQuantity": Decimal("1.5"),
    "ConsumedUnit": "Hours",
    "SkuId": "s",
    "EffectiveCost": Decimal("0.1"),
}
