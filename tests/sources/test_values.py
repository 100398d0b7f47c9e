"""Values: times, decimals, booleans, enumerations, nulls, nested columns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Context, Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.sources import read_logs
from detector.sources.convert import convert
from detector.sources.rounding import round_floats
from features.tables import DECIMAL, UTC_TIME

Put = Callable[[str, str | bytes], Path]
NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T12:00:00Z", "2026-01-31T12:00:00", "2026-01-31 12:00:00",
        "2026-01-31 12:00:00Z", "2026-01-31 12:00:00 UTC", "2026-01-31T12:00Z",
        "2026-01-31 12:00", "2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00.000000000Z",
        "2026-01-31T14:00:00+02:00", "2026-01-31T14:00:00+0200", "2026-01-31T14:00:00+02",
        "2026-01-31 06:30:00 -05:30", "20260131T120000Z", "2026-01-31t12:00:00z",
        " 2026-01-31T12:00:00Z ", "2026-01-31T12:00:00,0Z",
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", ["2026-01-31T12:00:00Z", "2026-01-31", None])
def test_forms_of_one_time(text: str, before: str | None) -> None:
    read = convert(pl.Series([before, text]), UTC_TIME)
    assert read[1] == NOON


@pytest.mark.parametrize(
    "text", ["31/01/2026", "soon", "2026-02-30T00:00:00Z", "2026-01-31T25:00:00Z", "1767225600"]
)
def test_what_is_not_a_time(text: str) -> None:
    assert convert(pl.Series([text]), UTC_TIME).to_list() == [None]


def test_typed_times() -> None:
    east = datetime(2026, 1, 31, 14, tzinfo=timezone(timedelta(hours=2)))
    for values in (pl.Series([NOON]), pl.Series([NOON.replace(tzinfo=None)]), pl.Series([east])):
        assert convert(values, UTC_TIME).to_list() == [NOON]
    day = convert(pl.Series([NOON.date()]), UTC_TIME)
    assert day[0] == NOON.replace(hour=0)
    assert convert(pl.Series([1.5]), UTC_TIME).to_list() == [None]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.000000000000001", "0.000000000000001"), ("0.10000000000000000000", "0.1"),
        ("1e-7", "0.0000001"), ("5E3", "5000"), ("+3", "3"), ("-.5", "-0.5"), (" 4 ", "4"),
        ("999999999999999.999999999999999", "999999999999999.999999999999999"),
    ],
)  # fmt: skip
def test_decimals_are_exact(text: str, value: str) -> None:
    assert convert(pl.Series([text]), DECIMAL).to_list() == [Decimal(value)]


@pytest.mark.parametrize(
    "text",
    ["1000000000000000", "-1e15", "1e400", "nan", "inf", "1_0", "1,5", "0x1", "9" * 40,
     "999999999999999.9999999999999996"],
)  # fmt: skip
def test_what_is_not_a_decimal(text: str) -> None:
    assert convert(pl.Series([text]), DECIMAL).to_list() == [None]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_rounded_half_even_once(number: float) -> None:
    read = round_floats(pl.Series([number]))[0]
    if abs(number) >= 1e15:
        assert read is None
    else:
        places = Decimal(1).scaleb(-15)
        assert read == Decimal(number).quantize(places, ROUND_HALF_EVEN, Context(prec=60))


@given(st.decimals(-(10**9), 10**9, places=6))
def test_a_float_is_the_number_it_was_written_as(number: Decimal) -> None:
    assert convert(pl.Series([float(number)]), DECIMAL)[0] == number


def test_counts_and_booleans() -> None:
    counts = convert(pl.Series(["7", "7.0", "7.5", "x", None]), pl.Int64())
    assert counts.to_list() == [7, 7, None, None, None]
    told = convert(pl.Series(["TRUE", "f", "1", "0", "Yes", "perhaps"]), pl.Boolean())
    assert told.to_list() == [True, False, True, False, True, None]
    assert convert(pl.Series([1, 0]), pl.Boolean()).to_list() == [True, False]


def test_ids_keep_their_zeros_and_numbers_become_text() -> None:
    assert convert(pl.Series(["007"]), pl.String()).to_list() == ["007"]
    assert convert(pl.Series([1234567890123]), pl.String()).to_list() == ["1234567890123"]
    assert convert(pl.Series([1234567890123.0]), pl.String()).to_list() == ["1234567890123"]


def test_long_json_numbers_keep_all_their_digits(put: Put, folder: Path) -> None:
    (folder / "usage.csv").unlink()
    put(
        "usage.jsonl",
        '{"ChargePeriodStart": "2026-01-01", "ChargePeriodEnd": "2026-01-02", '
        '"BillingAccountId": 12345678901234567, "ChargeCategory": "Usage", "ServiceName": "x", '
        '"ConsumedQuantity": 12345678901.123456789012345, "ConsumedUnit": "h", "SkuId": "s", '
        '"EffectiveCost":0.000000000000001}\n',
    )
    row = read_logs(folder)["usage"].collect().row(0, named=True)
    assert row["ConsumedQuantity"] == Decimal("12345678901.123456789012345")
    assert row["EffectiveCost"] == Decimal("0.000000000000001")
    assert row["BillingAccountId"] == "12345678901234567"


def test_nested_details_become_json_text(folder: Path, usage: pl.DataFrame) -> None:
    (folder / "usage.csv").unlink()
    nested = usage.with_columns(
        SkuPriceDetails=pl.struct(InstanceType=pl.col("SkuId"), GpuCount=pl.lit(8)),
        Tags=pl.Series([[{"key": "a", "value": "b"}], []]),
    )
    nested.write_parquet(folder / "usage.parquet")
    rows = read_logs(folder)["usage"].collect()
    assert rows["SkuPriceDetails"][0] == '{"InstanceType":"p5.48xlarge","GpuCount":8}'
    assert rows["Tags"].to_list() == ['{"a":"b"}', "{}"]
    (folder / "usage.parquet").unlink()
    nested.drop("Tags").write_ndjson(folder / "usage.jsonl")
    text = read_logs(folder)["usage"].collect()["SkuPriceDetails"][0]
    assert text.replace(" ", "") == '{"InstanceType":"p5.48xlarge","GpuCount":8}'


def test_older_and_differently_written_columns(folder: Path, usage: pl.DataFrame) -> None:
    usage.with_columns(ProviderName=pl.lit("AWS"), ChargeFrequency=pl.lit("Usage-based")).rename(
        {"SkuId": "SKUID", "BillingAccountId": "billingaccountid"}
    ).write_csv(folder / "usage.csv")
    rows = read_logs(folder)["usage"].collect()
    assert rows["ServiceProviderName"].to_list() == ["AWS", "AWS"]
    assert rows["ChargeFrequency"].to_list() == ["Usage-Based", "Usage-Based"]
    assert rows["BillingAccountId"].to_list() == ["0012", "0013"]
    assert rows["SkuId"][0] == "p5.48xlarge"


CATEGORIES = ["Usage", "Purchase", "Tax", *(f"another-category-{k}" for k in range(9))]


@given(st.data(), st.integers(1, len(CATEGORIES)))
def test_an_enumeration_is_read_the_same_whatever_stands_beside(
    data: st.DataObject, few: int
) -> None:
    known = CATEGORIES[:few]
    strange = data.draw(st.sampled_from([[], ["usage", " USAGE "], ["Gift", "Usag", ""]]))
    texts = data.draw(st.lists(st.sampled_from([*known, *strange, None]), max_size=8))
    read = convert(pl.Series("kind", texts, dtype=pl.String), pl.Enum(known))
    assert (read.name, read.dtype) == ("kind", pl.Enum(known))
    expected = {**{name: name for name in known}, "usage": "Usage", " USAGE ": "Usage"}
    assert read.to_list() == [expected.get(text or "") for text in texts]


ALONE = [
    "2026-01-31T12:00:00Z",
    "2026-01-31",
    "soon",
    "7",
    "1.5",
    "1e3",
    "true",
    "Tax",
    "tax",
    "0a;0b",
]


@pytest.mark.parametrize(
    "kind", [UTC_TIME, pl.Date(), DECIMAL, pl.Int64(), pl.Float64(), pl.Boolean(),
             pl.Enum(CATEGORIES), pl.List(pl.UInt64())],
)  # fmt: skip
@given(st.lists(st.sampled_from(ALONE), max_size=3))
def test_a_text_over_and_over_is_read_as_it_is_alone(kind: pl.DataType, others: list[str]) -> None:
    texts = [ALONE[len(others)]] * 20 + others + [ALONE[len(others)]] * 20
    read = convert(pl.Series("x", texts), kind)
    assert (read.name, read.dtype) == ("x", kind)
    assert read.to_list() == [convert(pl.Series([text]), kind)[0] for text in texts]
