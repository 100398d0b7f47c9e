"""Every table of the contract, deliveries, time, and the mapping itself."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from detector.errors import DataError, TooManyBadRows
from detector.sources import read_logs
from features.tables import SCHEMAS

Put = Callable[[str, str | bytes], Path]
SKETCH = ";".join(f"{i:016x}" for i in range(31)) + ";ffffffffffffffff"
ROWS = {
    "account_links": "account_id,kind,value_hash,first_seen,last_seen\n"
    "0012,Payment,h1,2025-01-01,2025-02-01\n",
    "account_owners": "account_id,owner_name,share_min,share_max,owner_kind\n"
    "0012,Some Holding,0.25,0.5,entity\n",
    "entity_owners": "owned_name,owner_name,share_min,share_max\nSome Holding,Other,0.5,\n",
    "partners": "partner_id,name,authorised\np1,Some Seller,yes\n",
    "partner_customers": "partner_id,end_customer_name,recorded_at\np1,Some Lab,2025-01-01\n",
    "exceptions": "time,kind,account_id\n2025-01-01,KYC_override,0012\n",
    "payments": "time,account_id,kind,amount,currency,instrument_kind,payer_name_matches\n"
    "2025-01-01,0012,TOP_UP,200000.00,CNY,voucher,no\n",
    "events": "time,account_id,class_uid,operation,src_asn,mfa\n"
    "2025-01-01T00:00:00Z,0012,6003,RunInstances,64500,true\n",
    "model_usage": "start,end,account_id,model_id,requests,input_tokens,output_tokens,"
    f"template_sketch\n2025-01-01T00:00Z,2025-01-01T01:00Z,0012,m,1,2,3,{SKETCH}\n",
    "gpu_telemetry": "time,metric,value,instance_id\n2025-01-01T00:00Z,DCGM_FI_DEV_GPU_UTIL,97,i\n",
    "inventory": "instance_id,account_id,valid_from\ni,0012,2025-01-01\n",
    "labels": "account_id,decision,decided_at\n0012,cleared,2025-01-01\n",
    "fx": "date,currency,rate\n2025-01-01,CNY,0.14\n",
    "tenders": "published_at,buyer_name,amount,currency\n2025-01-01,Some Institute,184000,CNY\n",
    "abuse_reports": "reported_at,source,category,status\n2025-01-01,desk,resale,Open\n",
    "indicators": "source,kind,value_hash,valid_from\nfeed,TLS_fingerprint,h1,2025-01-01\n",
    "policy_decisions": "decided_at,decision,party_name,entry_key\n"
    "2025-01-01,false_match,Some Holding,EL:1\n",
}


@pytest.mark.parametrize("table", ROWS)
def test_a_table_has_the_contracts_columns_and_types(put: Put, folder: Path, table: str) -> None:
    put(f"{table}.csv", ROWS[table])
    logs = read_logs(folder)
    frame = logs[table].collect()
    assert frame.height == 1
    assert logs.quarantine.is_empty()
    SCHEMAS[table].validate(frame)


def test_all_tables_together_in_order(put: Put, folder: Path) -> None:
    for table, text in ROWS.items():
        put(f"{table}/part-0.csv.gz", gzip.compress(text.encode()))
    logs = read_logs(folder)
    assert list(logs) == list(SCHEMAS)
    assert len(logs) == 19
    assert all(counts.ok == counts.read for counts in logs.validate().values())
    assert {f.rows for f in logs.inputs} == {1, 2}


def test_an_absent_table_is_absent(folder: Path) -> None:
    logs = read_logs(folder)
    assert list(logs) == ["usage", "accounts"]
    assert "events" not in logs
    with pytest.raises(KeyError):
        _ = logs["events"]


def test_template_sketches(put: Put, folder: Path) -> None:
    put("model_usage.csv", ROWS["model_usage"])
    sketch = read_logs(folder)["model_usage"].collect()["template_sketch"][0].to_list()
    assert sketch == [*range(31), 2**64 - 1]
    (folder / "model_usage.csv").unlink()
    frame = pl.read_csv(ROWS["model_usage"].encode(), infer_schema=False)
    frame.with_columns(template_sketch=pl.Series([sketch], dtype=pl.List(pl.UInt64))).write_parquet(
        folder / "model_usage.parquet"
    )
    assert read_logs(folder)["model_usage"].collect()["template_sketch"][0].to_list() == sketch


@pytest.mark.parametrize("sketch", ["00;11", SKETCH + ";00", "zz" + SKETCH[2:]])
def test_a_broken_sketch_costs_itself_alone(put: Put, folder: Path, sketch: str) -> None:
    put("model_usage.csv", ROWS["model_usage"].replace(SKETCH, sketch))
    logs = read_logs(folder, max_bad=1.0)
    counts = logs.validate()["model_usage"]
    assert (counts.quarantined, counts.unmapped) == (0, 1)
    assert logs["model_usage"].collect()["template_sketch"].to_list() == [None]


@pytest.mark.parametrize("value", [9223372036854775792, 9223372036854775807, "NaN"])
def test_blank_samples_are_null(put: Put, folder: Path, value: object) -> None:
    put("gpu_telemetry.csv", ROWS["gpu_telemetry"].replace("97", str(value)))
    assert read_logs(folder)["gpu_telemetry"].collect()["value"].to_list() == [None]


def test_a_delivery_is_all_its_files_and_a_later_one_replaces_it(
    folder: Path, usage: pl.DataFrame
) -> None:
    (folder / "usage.csv").unlink()

    def deliver(path: str, quantity: str) -> None:
        (folder / "usage" / path).parent.mkdir(parents=True, exist_ok=True)
        usage.with_columns(ConsumedQuantity=pl.lit(quantity)).write_csv(folder / "usage" / path)

    deliver("2026-02-01/source=aws/period=2026-01/a.csv", "1")
    deliver("2026-02-01/source=aws/period=2026-01/deep/b.csv", "2")
    deliver("2026-02-09/source=aws/period=2026-01/a.csv", "4")
    deliver("2026-02-01/source=aws/period=2026-02/a.csv", "8")
    deliver("2026-02-01/source=oci/period=2026-01/a.csv", "16")
    deliver("loose.csv", "32")
    logs = read_logs(folder)
    total = logs["usage"].select(pl.col("ConsumedQuantity").sum()).collect().item()
    assert total == 2 * (4 + 8 + 16 + 32)
    assert sum("replaced by a later delivery" in w for w in logs.warnings) == 2
    assert {(f.source, f.period) for f in logs.inputs if f.table == "usage"} == {
        ("aws", "2026-01"), ("aws", "2026-02"), ("oci", "2026-01"), (None, None),
    }  # fmt: skip


def test_identical_content_counts_once(folder: Path, usage: pl.DataFrame) -> None:
    (folder / "usage").mkdir()
    (folder / "usage.csv").rename(folder / "usage" / "a.csv")
    usage.write_csv(folder / "usage" / "b.csv")
    logs = read_logs(folder)
    assert logs["usage"].collect().height == 2
    assert logs.warnings == ["usage/b.csv has the same content as usage/a.csv; counted once"]
    counts = logs.counts["usage"]
    assert (counts.read, counts.ok, counts.quarantined, counts.duplicate) == (4, 2, 0, 2)
    assert [f.rows for f in logs.inputs if f.table == "usage"] == [2]


def test_copies_do_not_hide_bad_rows_from_the_gate(folder: Path, usage: pl.DataFrame) -> None:
    (folder / "usage.csv").unlink()
    (folder / "usage").mkdir()
    bad = usage.head(1).with_columns(ServiceName=pl.lit(None, dtype=pl.String))
    for name in "abc":
        pl.concat([usage, bad]).write_csv(folder / "usage" / f"{name}.csv")
    logs = read_logs(folder, max_bad=0.3)
    with pytest.raises(TooManyBadRows, match="1 of 3 rows"):
        logs.validate()
    assert logs.counts["usage"].duplicate == 6


@pytest.mark.parametrize("form", ["csv", "parquet", "times.parquet"])
def test_as_of_is_the_latest_end_of_a_usage_row(
    folder: Path, usage: pl.DataFrame, form: str
) -> None:
    rows = pl.concat([usage, usage.head(1), usage.head(1)]).with_columns(
        ChargePeriodEnd=pl.Series(
            ["2026-01-02", "2026-01-03", "2026-09-09T00:00:00Z", "2027-01-01T00:00:00Z"]
        ),
        ChargeCategory=pl.Series(["Usage", "Usage", "Purchase", "Usage"]),
        ConsumedQuantity=pl.Series(["1", "1", "1", "wrong"]),
    )
    (folder / "usage.csv").unlink()
    if form == "times.parquet":
        rows = rows.with_columns(pl.col("ChargePeriodEnd").str.head(10).str.to_date())
    if form == "csv":
        rows.write_csv(folder / "usage.csv")
    else:
        rows.write_parquet(folder / "usage.parquet")
    assert read_logs(folder, max_bad=1).as_of == datetime(2026, 1, 3, tzinfo=UTC)
    given = read_logs(folder, datetime(2026, 1, 1, 12), max_bad=1)
    assert given.as_of == datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_as_of_of_parquet_needs_no_full_reading(folder: Path, usage: pl.DataFrame) -> None:
    (folder / "usage.csv").unlink()
    usage.write_parquet(folder / "usage.parquet")
    logs = read_logs(folder)
    assert logs.as_of == datetime(2026, 1, 3, tzinfo=UTC)
    assert logs.counts["usage"].read == 0
    logs.validate()
    assert logs.as_of == datetime(2026, 1, 3, tzinfo=UTC)


def test_facts_later_than_as_of_are_not_known(put: Put, folder: Path) -> None:
    put(
        "accounts.csv",
        "account_id,created_at,closed_at,close_reason,kyc_status,kyc_verified_at\n"
        "0012,2025-01-01,2025-06-01,fraud,verified,2025-03-01\n"
        "0013,2025-01-01,2026-06-01,policy,verified,2026-03-01\n",
    )
    put(
        "account_links.csv",
        "account_id,kind,value_hash,first_seen,last_seen\n"
        "0012,ip,h,2025-01-01,2027-01-01\n0013,ip,h,2026-05-01,2027-01-01\n",
    )
    put("labels.csv", ROWS["labels"] + "0013,confirmed_proxy,2026-05-01\n")
    logs = read_logs(folder)
    accounts = logs["accounts"].collect()
    assert accounts["close_reason"].to_list() == ["fraud", None]
    assert accounts["kyc_status"].to_list() == ["verified", None]
    assert accounts["closed_at"].null_count() == 1
    links = logs["account_links"].collect()
    assert links["last_seen"].to_list() == [logs.as_of]
    assert logs["labels"].collect()["account_id"].to_list() == ["0012"]


def test_counts_do_not_double_when_a_table_is_read_twice(folder: Path) -> None:
    logs = read_logs(folder)
    first = dict(logs.validate())
    assert logs["usage"].select(pl.len()).collect().item() == 2
    assert dict(logs.validate()) == first


def test_lazy_frames_take_columns_rows_and_filters(folder: Path) -> None:
    usage = read_logs(folder)["usage"]
    assert usage.select("SkuId").head(1).collect().to_dict(as_series=False) == {
        "SkuId": ["p5.48xlarge"]
    }
    assert usage.filter(pl.col("BillingAccountId") == "0013").collect().height == 1
    assert usage.collect_schema() == usage.collect().schema


def test_errors_pass_through_lazy_frames(put: Put, folder: Path) -> None:
    put("events.csv", "a,b\n1,2\n")
    with pytest.raises(DataError, match=r"events\.csv is not a table of events"):
        read_logs(folder)["events"].collect()


def test_many_parts_come_in_the_order_of_their_paths(folder: Path, usage: pl.DataFrame) -> None:
    (folder / "usage.csv").unlink()
    for name in ("b/2.csv", "a/9.csv", "a/10.csv"):
        (folder / "usage" / name).parent.mkdir(parents=True, exist_ok=True)
        usage.with_columns(SkuId=pl.lit(name)).write_csv(folder / "usage" / name)
    parts = list(read_logs(folder).parts("usage"))
    assert [part["SkuId"][0] for part in parts] == ["a/10.csv", "a/9.csv", "b/2.csv"]
