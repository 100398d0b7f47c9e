"""Parquet as engines write it: any type of a column is read as text or costs its own cells."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detector.pipeline.ingest import ingest

pytestmark = pytest.mark.long  # each kind is asked of one door in tests/sources

USAGE = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter\n"
    "2026-03-31T23:00:00Z,2026-04-01T00:00:00Z,p1,mini,Usage,Compute,1,Hours,m5.large\n"
)
BASE = {"accounts.csv": "account_id,created_at\nmini,2025-01-01\n", "usage/1.csv": USAGE}
TEXTS = pa.map_(pa.string(), pa.string())
START = dt.datetime(2026, 3, 1)


def export(**columns: pa.Array) -> bytes:
    """Two hours of eight A100 each, with some columns otherwise."""
    held = {
        "ChargePeriodStart": pa.array(["2026-03-01T00:00:00Z"] * 2),
        "ChargePeriodEnd": pa.array(["2026-03-01T01:00:00Z"] * 2),
        "BillingAccountId": pa.array(["p"] * 2),
        "SubAccountId": pa.array(["mini"] * 2),
        "ChargeCategory": pa.array(["Usage"] * 2),
        "ServiceName": pa.array(["c"] * 2),
        "ConsumedQuantity": pa.array([1.0] * 2),
        "ConsumedUnit": pa.array(["Hours"] * 2),
        "SkuMeter": pa.array(["p4d.24xlarge"] * 2),
    }
    return written(pa.table({**held, **columns}))


def written(table: pa.Table, **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


def stamps(unit: str, zone: str | None) -> pa.Array:
    return pa.array([START] * 2, pa.timestamp(unit)).cast(pa.timestamp(unit, zone))


READ: Mapping[str, tuple[str, pa.Array]] = {
    "a map": ("Tags", pa.array([[("env", "prod")]] * 2, TEXTS)),
    "a map of lists": (
        "Tags", pa.array([[("a", ["b"])]] * 2, pa.map_(pa.string(), pa.list_(pa.string())))
    ),
    "a map of bytes": ("Tags", pa.array([[(1, b"\xff")]] * 2, pa.map_(pa.int32(), pa.binary()))),
    "a struct": ("Tags", pa.array([{"a": "b"}] * 2)),
    "a list of structs": ("Tags", pa.array([[{"key": "a", "value": "b"}]] * 2)),
    "a time of day": ("Tags", pa.array([1, 2], pa.time64("us"))),
    "nothing": ("Tags", pa.nulls(2)),
    "long texts": ("SkuMeter", pa.array(["p4d.24xlarge"] * 2, pa.large_string())),
    "a dictionary": ("SkuMeter", pa.array(["p4d.24xlarge"] * 2).dictionary_encode()),
    "bytes that are text": ("SubAccountId", pa.array([b"mini"] * 2)),
    "bytes of one length": ("SubAccountId", pa.array([b"mini"] * 2, pa.binary(4))),
    "decimals of 256 bits": (
        "ConsumedQuantity", pa.array([Decimal(1)] * 2, pa.decimal256(50, 20))
    ),
    "whole numbers": ("ConsumedQuantity", pa.array([1, 1], pa.uint64())),
    "nanoseconds": ("ChargePeriodStart", stamps("ns", None)),
    "a zone of hours": ("ChargePeriodStart", stamps("us", "+05:30")),
    "a zone by name": ("ChargePeriodStart", stamps("us", "Asia/Kolkata")),
    "a zone that is none": ("ChargePeriodStart", stamps("us", "Foo/Bar")),
    "days": ("ChargePeriodStart", pa.array([dt.date(2026, 3, 1)] * 2)),
}  # fmt: skip


@pytest.mark.parametrize("kind", READ)
def test_a_column_of_any_type_is_read(through: Any, kind: str) -> None:
    name, values = READ[kind]
    seen = through({**BASE, "usage/2.parquet": export(**{name: values})}, slowly=False)
    assert seen.counts["usage"]["ok"] == 3
    assert seen.counts["usage"]["unmapped"] == 0
    assert seen.features["mini"]["a100_hours"] == 16
    assert not seen.warnings


UNREAD_CELLS = {
    "a duration": ("Tags", pa.array([1, 2], pa.duration("ms")), 2),
    "bytes that are none": ("Tags", pa.array([b"\xff", b"a"]), 1),
    "a cost that is none": ("EffectiveCost", pa.array(["x", "1"]), 1),
}


@pytest.mark.parametrize("kind", UNREAD_CELLS)
def test_a_cell_that_cannot_be_read_costs_itself_alone(through: Any, kind: str) -> None:
    name, values, cells = UNREAD_CELLS[kind]
    seen = through({**BASE, "usage/2.parquet": export(**{name: values})}, slowly=False)
    assert (seen.counts["usage"]["ok"], seen.counts["usage"]["unmapped"]) == (3, cells)
    assert seen.features["mini"]["a100_hours"] == 16


BAD_ROWS: Mapping[str, tuple[str, pa.Array]] = {
    "an end beyond the year 9999": (
        "ChargePeriodEnd", pa.array([2**61] * 2, pa.timestamp("us"))
    ),
    "a start before all years": ("ChargePeriodStart", pa.array([-(2**57)] * 2, pa.timestamp("us"))),
    "a map for a quantity": ("ConsumedQuantity", pa.array([[("a", "b")]] * 2, TEXTS)),
    "no number and no end of one": ("ConsumedQuantity", pa.array([float("nan"), float("inf")])),
    "bytes for a category": ("ChargeCategory", pa.array([b"\xff\xfe", b"\x00"])),
    "a map for a category": ("ChargeCategory", pa.array([[("a", "b")]] * 2, TEXTS)),
    "a list for an end": ("ChargePeriodEnd", pa.array([["2026-03-01"]] * 2)),
    "bytes for an end": ("ChargePeriodEnd", pa.array([b"\xff", b"\xfe"])),
    "a year that has not come": ("ChargePeriodEnd", pa.array(["2099-01-01T00:00:00Z"] * 2)),
    "a row of 9999 years": ("ChargePeriodStart", pa.array(["0001-01-01T00:00:00Z"] * 2)),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD_ROWS)
def test_what_cannot_be_read_of_a_row_sets_the_row_aside(through: Any, kind: str) -> None:
    name, values = BAD_ROWS[kind]
    files = {**BASE, "usage/2.parquet": export(**{name: values})}
    seen = through(files, max_bad=1.0, slowly=False)
    assert (seen.counts["usage"]["ok"], seen.counts["usage"]["quarantined"]) == (1, 2)
    assert len(seen.quarantine) == 2
    assert str(seen.as_of) == "2026-04-01 00:00:00+00:00"


def test_a_row_with_bytes_in_it_can_be_set_aside(through: Any) -> None:
    content = export(ConsumedQuantity=pa.array([-1.0, 1.0]), Tags=pa.array([b"\xff", b"a"]),
                     ChargeCategory=pa.array(["Nonsense", "Usage"]))  # fmt: skip
    seen = through({**BASE, "usage/2.parquet": content}, max_bad=1.0, slowly=False)
    assert seen.counts["usage"]["quarantined"] == len(seen.quarantine) == 1


def cur() -> pa.Table:
    """AWS CUR 2.0 with the tags as a map."""
    same = {
        "bill_payer_account_id": "p", "line_item_line_item_type": "Usage",
        "line_item_product_code": "AmazonEC2", "pricing_unit": "Hrs",
        "line_item_usage_type": "BoxUsage:p5.48xlarge", "line_item_currency_code": "USD",
        "line_item_usage_start_date": "2026-03-01T00:00:00Z",
        "line_item_usage_end_date": "2026-03-01T01:00:00Z", "line_item_usage_account_id": "mini",
    }  # fmt: skip
    tags = pa.array([[("user_team", "x")]] * 2, TEXTS)
    return pa.table(
        {
            **{name: [value] * 2 for name, value in same.items()},
            "line_item_usage_amount": [1.0] * 2, "line_item_unblended_cost": [98.0] * 2,
            "resource_tags": tags, "product": tags,
        }
    )  # fmt: skip


@pytest.mark.parametrize("compression", ["snappy", "zstd", "gzip", "none"])
def test_a_cost_and_usage_report_with_maps_is_read(through: Any, compression: str) -> None:
    files = {"accounts.csv": BASE["accounts.csv"],
             "usage.parquet": written(cur(), compression=compression)}  # fmt: skip
    assert through(files, slowly=False).features["mini"]["h100_hours"] == 16


POISON: Mapping[str, Callable[[], bytes]] = {
    "bytes for ids": lambda: export(
        BillingAccountId=pa.array([b"\xff\xfe", b"\xfe"]), SubAccountId=pa.array([b"\xff", b"\xfe"])
    ),
    "a broken footer": lambda: export()[:-40] + b"\xff" * 32 + b"\xff\xff\xff\x7fPAR1",
    "half a file": lambda: export()[: len(export()) // 2],
    "an end beyond 9999": lambda: export(ChargePeriodEnd=pa.array([2**61] * 2, pa.timestamp("us"))),
    "another table": lambda: written(pa.table({"a": [1]})),
    "a table that has lost columns": lambda: written(pa.table({"ServiceName": ["c"]})),
}


@pytest.mark.parametrize("kind", POISON)
def test_a_bad_file_of_an_inbox_never_blocks_the_good_ones(
    write: Callable[[Mapping[str, str | bytes]], Path], tmp_path: Path, kind: str
) -> None:
    """As the service takes files in: look after look."""
    inbox = write({**BASE, "usage/2.parquet": POISON[kind]()})
    first = ingest(inbox, tmp_path / "state", reject=True)
    assert set(first.added) == {"accounts.csv", "usage/1.csv"}
    assert any("usage/2.parquet" in sentence for sentence in first.warnings)
    assert not ingest(inbox, tmp_path / "state", reject=True).changed
    (inbox / "usage" / "2.parquet").write_bytes(export())
    assert ingest(inbox, tmp_path / "state", reject=True).added == ("usage/2.parquet",)


def test_a_good_file_with_a_map_is_taken_in_beside_the_others(
    write: Callable[[Mapping[str, str | bytes]], Path], tmp_path: Path
) -> None:
    inbox = write({**BASE, "usage/2.parquet": export(Tags=READ["a map"][1])})
    assert len(ingest(inbox, tmp_path / "state", reject=True).added) == 3


def test_a_file_whose_name_is_not_utf8_is_named_and_stops_nothing(
    write: Callable[[Mapping[str, str | bytes]], Path],
    seen_through: Callable[[str, Path], Any],
) -> None:
    for door in ("folder", "state"):
        inbox = write(BASE)
        Path(f"{inbox}/usage/caf\udce9.csv").write_text("x")
        seen = seen_through(door, inbox)
        assert seen.counts["usage"]["ok"] == 1
        assert any("a name that is not UTF-8" in sentence for sentence in seen.warnings)
