"""Parquet columns of any type: read as text, or set aside; no traceback, no panic."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detector.errors import DataError, Unreadable
from detector.sources import Logs, read_logs
from detector.sources.nested import as_json, harmless, weights
from tests.examples import first

TEXT = pa.string()
FAR = 2**62
UUID = bytes(range(200, 216))
AS_OF = dt.datetime(2026, 2, 1)


def table_of(usage: pl.DataFrame, **columns: pa.Array) -> pa.Table:
    table = pa.table({name: usage[name].to_list() for name in usage.columns if name not in columns})
    for name, values in columns.items():
        table = table.append_column(name, values)
    return table


def read(folder: Path, table: pa.Table, **options: Any) -> Logs:
    (folder / "usage.csv").unlink(missing_ok=True)
    pq.write_table(table, folder / "usage.parquet", **options)
    logs = read_logs(folder, AS_OF, max_bad=1.0)
    logs.validate()
    return logs


def ext(kind: pa.ExtensionType, values: pa.Array) -> pa.Array:
    return pa.ExtensionArray.from_storage(kind, values)


def entries(key: pa.DataType, value: pa.DataType, *rows: Any) -> pa.Array:
    return pa.array(rows, pa.map_(key, value))


READ_AS_TEXT = {
    "map": (entries(TEXT, TEXT, [("a", "b"), ("c", None)], None), ['{"a":"b","c":null}', None]),
    "empty map": (entries(TEXT, TEXT, [], [("x", 'say "hi"')]), ["{}", '{"x":"say \\"hi\\""}']),
    "map of whole numbers": (
        entries(pa.int32(), pa.int64(), [(1, 2)], []), ['[{"key":1,"value":2}]', "[]"],
    ),
    "map of lists": (
        entries(TEXT, pa.list_(TEXT), [("a", ["b", None])], None), ['{"a":["b",null]}', None],
    ),
    "map of maps": (
        entries(TEXT, pa.map_(TEXT, TEXT), [("a", [("b", "c")])], []), ['{"a":{"b":"c"}}', "{}"],
    ),
    "map of bytes": (
        entries(TEXT, pa.binary(), [("a", b"b"), ("c", b"\xff")], []), ['{"a":"b","c":null}', "{}"],
    ),
    "list of structs of lists": (
        pa.array([[{"a": [{"b": 1}]}], None]), ['[{"a":[{"b":1}]}]', None],
    ),
    "list of entries": (pa.array([[{"key": "a", "value": "b"}], []]), ['{"a":"b"}', "{}"]),
    "entry without a key": (
        pa.array([[{"key": None, "value": "b"}], None]), ['[{"key":null,"value":"b"}]', None],
    ),
    "struct of a day": (
        pa.array([{"d": dt.date(2026, 1, 2)}, None]), ['{"d":"2026-01-02"}', None],
    ),
    "struct of a far day": (
        pa.array([{"d": 2**31 - 1}, None], pa.struct([("d", pa.date32())])), ['{"d":null}', None],
    ),
    "list of far times": (
        pa.array([[FAR, 0], None], pa.list_(pa.timestamp("us"))),
        ['[null,"1970-01-01 00:00:00"]', None],
    ),
    "list of zoned times": (
        pa.array([[0], None], pa.list_(pa.timestamp("us", "+05:30"))),
        ['["1970-01-01T00:00:00+00:00"]', None],
    ),
    "list of bytes": (pa.array([[b"a", b"\xff"], None]), ['["a",null]', None]),
    "list of fixed length": (pa.array([[1, 2], None], pa.list_(pa.int64(), 2)), ["[1,2]", None]),
    "list view": (pa.array([["a"], None], pa.list_view(TEXT)), ['["a"]', None]),
    "bytes": (pa.array([b"a", b""]), ["a", None]),
    "large bytes": (pa.array([b"a", None], pa.large_binary()), ["a", None]),
    "json": (ext(pa.json_(), pa.array(["{}", None])), ["{}", None]),
    "whole numbers": (pa.array([7, None], pa.uint64()), ["7", None]),
    "decimals": (pa.array([Decimal("1.50"), None]), ["1.50", None]),
    "wide decimals": (pa.array([Decimal("1.50"), None], pa.decimal256(60, 2)), ["1.50", None]),
    "small floats": (pa.array([np.float16(2), None]), ["2", None]),
    "booleans": (pa.array([True, None]), ["true", None]),
    "days": (pa.array([dt.date(2026, 1, 2), None]), ["2026-01-02", None]),
    "clock times": (pa.array([dt.time(1), None]), ["01:00:00", None]),
    "categories": (pa.array(["a", "NULL"]).dictionary_encode(), ["a", None]),
    "categories of numbers": (pa.array([1, None]).dictionary_encode(), ["1", None]),
    "list of categories": (
        pa.ListArray.from_arrays([0, 1, 1], pa.array(["a"]).dictionary_encode()), ['["a"]', "[]"],
    ),
    "nothing": (pa.nulls(2), [None, None]),
}  # fmt: skip


@pytest.mark.parametrize("name", READ_AS_TEXT)
def test_a_column_is_read_as_text(folder: Path, usage: pl.DataFrame, name: str) -> None:
    values, expected = READ_AS_TEXT[name]
    logs = read(folder, table_of(usage, Tags=values))
    assert logs["usage"].collect()["Tags"].to_list() == expected
    assert logs.counts["usage"].unmapped == 0


SET_ASIDE = {
    "durations": pa.array([dt.timedelta(1), None]),
    "bytes that are no text": pa.array([b"\xff\xfe", None]),
    "bytes of one length": pa.array([UUID, None], pa.binary(16)),
    "uuids": ext(pa.uuid(), pa.array([UUID, None], pa.binary(16))),
    "far times": pa.array([FAR, None], pa.timestamp("us")),
    "far days": pa.array([2**31 - 1, None], pa.date32()),
}


@pytest.mark.parametrize("name", SET_ASIDE)
def test_what_is_no_text_costs_its_cell_or_its_row(
    folder: Path, usage: pl.DataFrame, name: str
) -> None:
    counts = read(folder, table_of(usage, Tags=SET_ASIDE[name])).counts["usage"]
    assert (counts.ok, counts.quarantined, counts.unmapped) == (2, 0, 1)
    logs = read(folder, table_of(usage, ServiceName=SET_ASIDE[name]))
    assert logs.counts["usage"].quarantined == 2
    assert logs.quarantine["reason"].to_list() == ["is not a text", "is required and empty"]


@pytest.mark.parametrize("name", first([*READ_AS_TEXT, *SET_ASIDE], 16))
@pytest.mark.parametrize(
    "column",
    [
        "ConsumedQuantity", "ChargePeriodStart",
        *(pytest.param(name, marks=pytest.mark.long)
          for name in ("ChargeCategory", "EffectiveCost", "SkuId")),
    ],
)  # fmt: skip
def test_any_type_in_any_column_is_kept_or_set_aside(
    folder: Path, usage: pl.DataFrame, name: str, column: str
) -> None:
    values = READ_AS_TEXT[name][0] if name in READ_AS_TEXT else SET_ASIDE[name]
    counts = read(folder, table_of(usage, **{column: values})).counts["usage"]
    assert counts.ok + counts.quarantined == counts.read == 2


@pytest.mark.parametrize(
    "zone", first([None, "UTC", "+05:30", "Asia/Kolkata", "-03:00", "Etc/GMT+5"], 4)
)
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_any_zone_and_unit(
    folder: Path, usage: pl.DataFrame, zone: str | None, unit: str
) -> None:
    moment = dt.datetime(2026, 1, 1, 6)
    times = pa.array([moment, moment], pa.timestamp("us")).cast(pa.timestamp(unit))
    zoned = times.view(pa.timestamp(unit, zone))
    rows = read(folder, table_of(usage, ChargePeriodStart=zoned))["usage"].collect()
    assert rows["ChargePeriodStart"][0] == moment.replace(tzinfo=dt.UTC)


def test_as_of_is_told_by_times_of_any_zone(folder: Path, usage: pl.DataFrame) -> None:
    ends = pa.array([0, 1], pa.int64()).cast(pa.timestamp("us", "+05:30"))
    table = table_of(usage, ChargePeriodEnd=ends)
    (folder / "usage.csv").unlink()
    pq.write_table(table, folder / "usage.parquet")
    with pytest.raises(DataError, match="as-of cannot be told"):
        _ = read_logs(folder, max_bad=1.0).as_of


def test_a_zone_of_a_column_that_nobody_wants(folder: Path, usage: pl.DataFrame) -> None:
    other = pa.array([0, 1], pa.timestamp("us", "+05:30"))
    assert read(folder, table_of(usage, unwanted=other)).counts["usage"].ok == 2


@pytest.mark.parametrize("categories", [True, False])
def test_a_column_named_twice_is_read_once(
    folder: Path, usage: pl.DataFrame, categories: bool
) -> None:
    again = pa.array(["x", "y"])
    table = table_of(usage).append_column("BillingAccountId", again)
    if categories:
        table = pa.table(
            [c.combine_chunks().dictionary_encode() for c in table.columns], table.column_names
        )
    rows = read(folder, table)["usage"].collect()
    assert rows["BillingAccountId"].to_list() == ["0012", "0013"]


@pytest.mark.parametrize("name", first([*READ_AS_TEXT, *SET_ASIDE], 18))
def test_a_row_with_any_column_is_shown_in_quarantine(
    folder: Path, usage: pl.DataFrame, name: str
) -> None:
    values = READ_AS_TEXT[name][0] if name in READ_AS_TEXT else SET_ASIDE[name]
    table = table_of(usage, Tags=values, ConsumedQuantity=pa.array(["bad", "bad"]))
    logs = read(folder, table)
    assert logs.quarantine.height == 2
    assert '"ConsumedQuantity":"bad"' in logs.quarantine["content"][0]


def test_a_column_nested_without_end_is_refused(folder: Path, usage: pl.DataFrame) -> None:
    deep: Any = "x"
    for _ in range(30):
        deep = [deep]
    with pytest.raises(Unreadable, match="nested"):
        read(folder, table_of(usage, Tags=pa.array([deep, deep])))


@pytest.mark.long
def test_a_footer_that_claims_less_than_its_pages(folder: Path, usage: pl.DataFrame) -> None:
    megabytes = 70
    table = table_of(usage, SkuId=pa.array(["0" * (megabytes << 20), "x"]))
    pq.write_table(table, folder / "usage.parquet", compression="zstd", use_dictionary=False)
    whole = (folder / "usage.parquet").read_bytes()
    metadata = pq.read_metadata(folder / "usage.parquet").row_group(0)
    place = next(i for i in range(metadata.num_columns)
                 if metadata.column(i).path_in_schema == "SkuId")  # fmt: skip
    told = metadata.column(place).total_uncompressed_size
    lie = _zigzag(2000, len(_zigzag(told)))
    foot = whole.rindex(_zigzag(told))
    (folder / "usage.csv").unlink()
    (folder / "usage.parquet").write_bytes(whole[:foot] + lie + whole[foot + len(lie) :])
    lying = pq.read_metadata(folder / "usage.parquet").row_group(0).column(place)
    assert lying.total_uncompressed_size == 2000
    with pytest.raises(Unreadable, match="compression bomb"):
        read_logs(folder, AS_OF).validate()


def _zigzag(number: int, length: int = 0) -> bytes:
    """Write a number as Thrift does, filled up to a length."""
    left, digits = number << 1, []
    while left >= 0x80:
        digits.append(left & 0x7F | 0x80)
        left >>= 7
    digits.append(left)
    while len(digits) < length:
        digits[-1] |= 0x80
        digits.append(0)
    return bytes(digits)


def test_a_type_that_cannot_be_is_refused(folder: Path, usage: pl.DataFrame) -> None:
    (folder / "usage.csv").unlink()
    pq.write_table(table_of(usage), folder / "usage.parquet", use_dictionary=False)
    whole = bytearray((folder / "usage.parquet").read_bytes())
    # In a schema element: type (15 0c is BYTE_ARRAY), then that it is optional and named.
    place = whole.index(b"\x15\x0c\x25\x02\x18\x10BillingAccountId")
    whole[place + 1] = 0
    (folder / "usage.parquet").write_bytes(bytes(whole))
    with pytest.raises(DataError, match=r"usage\.parquet is not a whole Parquet file"):
        read_logs(folder, AS_OF).validate()


def test_weights_are_told_without_a_copy() -> None:
    long = "x" * 1000
    values = pl.Series([[{"key": "a", "value": long}] * 3, [], None])
    assert weights(values).tolist()[0] >= 3000
    assert weights(values).tolist()[1:] == [2, 2]
    assert max(weights(pl.Series([[1, 2, 3]]))) <= 4 * len("[1,2,3]")


def test_an_empty_column_of_any_type_is_written() -> None:
    for kind in (
        pl.List(pl.Binary),
        pl.Map(pl.String, pl.Datetime("us")),
        pl.Struct({"a": pl.Date}),
    ):
        empty = pl.Series("x", [], dtype=kind)
        assert len(as_json(empty)) == len(harmless(empty)) == len(weights(empty)) == 0
