"""Bad input: one clear sentence that names the file, or a quarantined row."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from detector.errors import DataError, TooManyBadRows
from detector.sources import Logs, read_logs

Put = Callable[[str, str | bytes], Path]


def read_all(folder: Path, max_bad: float = 1.0) -> Logs:
    logs = read_logs(folder, max_bad=max_bad)
    logs.validate()
    return logs


def message(folder: Path, max_bad: float = 1.0) -> str:
    with pytest.raises(DataError) as caught:
        read_all(folder, max_bad)
    assert caught.value.exit_code == 3
    text = str(caught.value)
    assert "\n" not in text
    assert len(text) < 1200
    return text


def usage_text(folder: Path) -> str:
    return (folder / "usage.csv").read_text()


def test_missing_folder(tmp_path: Path) -> None:
    assert "not found" in message(tmp_path / "nowhere")


def test_a_file_instead_of_a_folder(folder: Path) -> None:
    assert "there is a file" in message(folder / "usage.csv")


def test_empty_folder(tmp_path: Path) -> None:
    text = message(tmp_path)
    assert "usage and accounts missing" in text
    assert "it is empty" in text


def test_missing_required_table(folder: Path) -> None:
    (folder / "accounts.csv").unlink()
    text = message(folder)
    assert "accounts missing" in text
    assert "usage.csv" in text


def test_csv_that_is_not_focus(put: Put, folder: Path) -> None:
    put("usage.csv", "date,service,hours\n2026-01-01,ec2,3\n")
    text = message(folder)
    assert "usage.csv is not a FOCUS export" in text
    assert "ChargePeriodStart" in text
    assert "found date, service, hours" in text


def test_focus_without_any_sku_column(folder: Path, usage: pl.DataFrame) -> None:
    usage.drop("SkuId").write_csv(folder / "usage.csv")
    assert "one of SkuPriceDetails, SkuMeter" in message(folder)


def test_json_lines_without_a_required_key(put: Put, folder: Path) -> None:
    (folder / "accounts.csv").unlink()
    put("accounts.jsonl", '{"account_id": "0012", "name": "x"}\n')
    assert "accounts.jsonl is not a table of accounts: it lacks the column created_at" in message(
        folder
    )


def test_binary_csv(put: Put, folder: Path) -> None:
    put("usage.csv", b"\x00\x01\x02")
    assert "usage.csv" in message(folder)


def test_truncated_parquet(folder: Path, usage: pl.DataFrame) -> None:
    (folder / "usage.csv").unlink()
    usage.write_parquet(folder / "usage.parquet")
    whole = (folder / "usage.parquet").read_bytes()
    (folder / "usage.parquet").write_bytes(whole[: len(whole) // 2])
    assert "usage.parquet is not a whole Parquet file" in message(folder)


def test_parquet_damaged_inside(folder: Path, usage: pl.DataFrame) -> None:
    (folder / "usage.csv").unlink()
    usage.write_parquet(folder / "usage.parquet")
    whole = bytearray((folder / "usage.parquet").read_bytes())
    whole[4:400] = bytes(396)
    (folder / "usage.parquet").write_bytes(bytes(whole))
    assert "usage.parquet is not a whole Parquet file" in message(folder)


@pytest.mark.parametrize("form", ["gz", "zst"])
def test_truncated_compressed_csv(put: Put, folder: Path, form: str) -> None:
    text = usage_text(folder).encode()
    packed = gzip.compress(text) if form == "gz" else pa.Codec("zstd").compress(text, asbytes=True)
    (folder / "usage.csv").unlink()
    put(f"usage.csv.{form}", packed[: len(packed) - 5])
    assert f"usage.csv.{form} is cut off or damaged" in message(folder)


@pytest.mark.parametrize("line", ["a,b", "x," * 30, 'an "open, quote', '"never closed,1,2'])
def test_a_ragged_line_costs_itself_alone(put: Put, folder: Path, line: str) -> None:
    header, *rows = usage_text(folder).splitlines()
    put("usage.csv", "\n".join([header, rows[0], line, rows[1], ""]))
    logs = read_all(folder)
    counts = logs.counts["usage"]
    assert (counts.read, counts.ok, counts.quarantined) == (3, 2, 1)
    held = logs.quarantine.row(0, named=True)
    assert (held["table"], held["file"], held["row"]) == ("usage", "usage.csv", 2)
    assert held["content"].startswith(line[:5])
    assert logs["usage"].collect()["BillingAccountId"].to_list() == ["0012", "0013"]


def test_a_line_that_is_too_short_is_not_filled_up(put: Put, folder: Path) -> None:
    header, *rows = usage_text(folder).splitlines()
    short = rows[1].rsplit(",", 1)[0]
    put("usage.csv", "\n".join([header, rows[0], short, rows[0], rows[1] + ",", ""]))
    logs = read_all(folder)
    assert logs.quarantine["row"].to_list() == [2, 4]
    assert "8 fields, the header has 9" in logs.quarantine["reason"][0]


def test_a_broken_json_line_costs_itself_alone(put: Put, folder: Path, usage: pl.DataFrame) -> None:
    (folder / "usage.csv").unlink()
    good = usage.write_ndjson().splitlines()
    put("usage.jsonl", "\n".join([good[0], '{"ChargePeriodStart": "20', "[1, 2]", good[1], ""]))
    logs = read_all(folder)
    assert logs.quarantine["row"].to_list() == [2, 3]
    assert logs.counts["usage"].ok == 2


def test_a_column_of_the_wrong_type(folder: Path, usage: pl.DataFrame) -> None:
    usage.with_columns(ConsumedQuantity=pl.Series(["many", "24"])).write_csv(folder / "usage.csv")
    logs = read_all(folder)
    held = logs.quarantine.row(0, named=True)
    assert held["column"] == "ConsumedQuantity"
    assert "is not a decimal" in held["reason"]
    assert '"ConsumedQuantity":"many"' in held["content"]


@pytest.mark.parametrize("values", [[True, False], [[1], [2]]])
def test_a_parquet_column_of_the_wrong_type(
    folder: Path, usage: pl.DataFrame, values: list[object]
) -> None:
    (folder / "usage.csv").unlink()
    usage.with_columns(ChargePeriodStart=pl.Series(values)).write_parquet(folder / "usage.parquet")
    text = message(folder, max_bad=0.05)
    assert "ChargePeriodStart is not a time" in text


def test_all_rows_bad(folder: Path, usage: pl.DataFrame) -> None:
    usage.with_columns(ChargePeriodEnd=pl.lit("soon")).write_csv(folder / "usage.csv")
    text = message(folder, max_bad=0.05)
    assert "2 of 2 rows of usage (100.0 %)" in text
    assert "--max-bad" in text


def test_all_rows_bad_leave_as_of_unknown(folder: Path, usage: pl.DataFrame) -> None:
    usage.with_columns(ChargePeriodEnd=pl.lit("soon")).write_csv(folder / "usage.csv")
    with pytest.raises(DataError, match="as-of cannot be told"):
        _ = read_logs(folder, max_bad=1.0).as_of


def test_the_gate_stands_at_max_bad(folder: Path, usage: pl.DataFrame) -> None:
    many = pl.concat([usage] * 10).with_columns(ConsumedQuantity=pl.Series(["x", *["1"] * 19]))
    many.write_csv(folder / "usage.csv")
    assert read_all(folder, 0.05).counts["usage"].quarantined == 1
    with pytest.raises(TooManyBadRows):
        read_all(folder, 0.049)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("ConsumedQuantity", "-3", "only corrections are negative"),
        ("ConsumedQuantity", "NULL", "usage has quantity and unit"),
        ("ConsumedUnit", "", "usage has quantity and unit"),
        ("ChargePeriodEnd", "2025-12-31T00:00:00Z", "period ends after it starts"),
        ("ChargePeriodEnd", "2026-01-01T00:00:00Z", "period ends after it starts"),
        ("ChargeCategory", "Gift", "is not one of Usage, Purchase, Tax, Credit, Adjustment"),
        ("BillingAccountId", "", "is required and empty"),
        ("BillingAccountId", "a" * 513, "is too long"),
        ("ServiceName", "NULL", "is required and empty"),
        ("ConsumedQuantity", "1000000000000000", "is not a decimal below 10^15"),
        ("ConsumedQuantity", "nan", "is not a decimal"),
        ("ConsumedUnit", "h" * 4097, "is too long"),
    ],
)
def test_a_row_that_breaks_a_rule(
    folder: Path, usage: pl.DataFrame, column: str, value: str, reason: str
) -> None:
    usage.with_columns(pl.Series(column, [value, usage[column][1]])).write_csv(folder / "usage.csv")
    logs = read_all(folder)
    assert logs.counts["usage"].ok == 1
    assert logs.quarantine.height == 1
    assert reason in logs.quarantine["reason"][0]


def test_usage_that_was_reversed_with_its_money_is_kept(folder: Path, usage: pl.DataFrame) -> None:
    usage.with_columns(
        ConsumedQuantity=pl.lit("-1"), EffectiveCost=pl.Series(["-2", "0"])
    ).write_csv(folder / "usage.csv")
    logs = read_all(folder)
    assert logs["usage"].collect()["BillingAccountId"].to_list() == ["0012"]


def test_unknown_optional_values_are_null_and_counted(folder: Path, accounts: pl.DataFrame) -> None:
    accounts.with_columns(
        kyc_status=pl.Series(["Verified", "maybe"]), customer_class=pl.Series(["STARTUP", ""])
    ).write_csv(folder / "accounts.csv")
    logs = read_all(folder)
    rows = logs["accounts"].collect()
    assert rows["kyc_status"].to_list() == ["verified", None]
    assert rows["customer_class"].to_list() == ["startup", None]
    assert logs.counts["accounts"].unmapped == 1


def test_identical_accounts_collapse_and_conflicting_ones_are_set_aside(
    put: Put, folder: Path
) -> None:
    put(
        "accounts.csv",
        "account_id,created_at,org_name\n"
        "0012,2025-01-01,A\n0013,2025-06-01,B\n0012,2025-01-01T00:00:00Z,A\n"
        "0013,2025-06-02,B\n0013,2025-06-01,B\n0014,2025-01-01,C\n",
    )
    logs = read_all(folder)
    counts = logs.counts["accounts"]
    assert logs["accounts"].collect()["account_id"].to_list() == ["0012", "0014"]
    assert (counts.read, counts.ok, counts.quarantined, counts.duplicate) == (6, 2, 3, 1)
    assert logs.quarantine["row"].to_list() == [2, 4, 5]


def test_a_table_in_two_forms_is_refused(folder: Path, usage: pl.DataFrame) -> None:
    usage.write_parquet(folder / "usage.parquet")
    assert "usage.csv, usage.parquet" in message(folder)
