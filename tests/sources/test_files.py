"""One file: without rows, no data, of no known shape, or damaged; each is told apart."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detector.errors import DataError, NotData, UnknownShape, Unreadable
from detector.sources import read_logs
from detector.sources.files import read_parts
from detector.sources.foreign import why_not
from detector.sources.limits import MAX_PART_BYTES
from detector.sources.listing import InputFile
from detector.sources.native.adapter import Hasher
from detector.sources.raw import RawPart

Read = Callable[..., list[RawPart]]
CANARY = "CANARY-7f3a"
USAGE = {
    "ChargePeriodStart": "2026-01-01T00:00:00Z", "ChargePeriodEnd": "2026-01-01T01:00:00Z",
    "BillingAccountId": "p", "ChargeCategory": "Usage", "ServiceName": "c",
    "ConsumedQuantity": 1.5, "ConsumedUnit": "Hours", "SkuMeter": "vm",
}  # fmt: skip
LABEL = {"account_id": "a", "decision": "cleared", "decided_at": "2026-01-01"}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that reads one file of a table."""

    def one(name: str, content: bytes, table: str = "usage") -> list[RawPart]:
        path = tmp_path / name
        path.write_bytes(content)
        file = InputFile(name, table, len(content), "0")
        return list(read_parts(path, file, Hasher(b"k")))

    return one


def rows(parts: list[RawPart]) -> int:
    return sum(part.read for part in parts)


def parquet(table: pa.Table) -> bytes:
    held = io.BytesIO()
    pq.write_table(table, held)
    return held.getvalue()


HEADER = ",".join(USAGE).encode()
EMPTY = {
    "a.csv": [b"", b"\n \r\n", HEADER, HEADER + b"\n", b"\xef\xbb\xbf"],
    "a.csv.gz": [b"", gzip.compress(b"", mtime=0), gzip.compress(b"\n", mtime=0)],
    "a.jsonl": [b"", b"\n\n", b"[]", b'{"value":[]}\n{"value": []}\n'],
    "a.json": [
        b"", b" ", b"[]", b"{}", b'{"value":[]}', b'{"data": [], "has_more": false}',
        b'{"Records": []}', b'[]\n[]', b'{"items": [], "nextToken": null}',
        b'{"status":"success","data":{"resultType":"matrix","result":[]}}',
    ],
    "a.json.gz": [gzip.compress(b"[]", mtime=0)],
    "a.prom": [b"", b"\n"],
    "a.parquet": [b"", parquet(pa.table({})), parquet(pa.table({k: [] for k in USAGE}))],
}  # fmt: skip
EMPTY_CASES = [(name, content) for name, found in EMPTY.items() for content in found]


@pytest.mark.parametrize(("name", "content"), EMPTY_CASES)
def test_a_file_without_rows_is_no_error(read: Read, name: str, content: bytes) -> None:
    assert rows(read(name, content)) == 0


@pytest.mark.parametrize("table", ["events", "model_usage", "gpu_telemetry"])
@pytest.mark.parametrize("content", EMPTY["a.json"])
def test_an_answer_without_rows_is_no_error_in_any_table(
    read: Read, table: str, content: bytes
) -> None:
    assert rows(read("a.json", content, table)) == 0


NO_DATA = [
    ("m.json", {"manifestVersion": "1", "blobs": [{"blobName": CANARY}]}, "Azure"),
    ("x-Manifest.json", {"assemblyId": "1", "reportKeys": [CANARY]}, "AWS"),
    ("x-Manifest.json.gz", {"dataFiles": [CANARY], "exportName": "x"}, "AWS"),
    ("d.json.gz", {"digestStartTime": "1", "digestEndTime": "2", "logFiles": [{}]}, "digest"),
    ("0.json", {"commitInfo": {"x": CANARY}}, "Delta"),
    ("0.jsonl", {"protocol": {}, "metaData": {}}, "Delta"),
    ("e.json", {"error": {"message": CANARY}}, "error"),
    ("s.json", {"$schema": "x"}, "schema"),
    ("a.csv", f"<!DOCTYPE html><p>{CANARY}", "web page"),
    ("a.json", f"\n<html><body>{CANARY}</body></html>", "web page"),
    ("a.csv", f'<?xml version="1.0"?><Error><Code>{CANARY}</Code></Error>', "error"),
    ("a.jsonl", f"<html>{CANARY}", "web page"),
]  # fmt: skip


@pytest.mark.parametrize("table", ["usage", "events", "model_usage"])
@pytest.mark.parametrize(("name", "content", "kind"), NO_DATA)
def test_what_is_no_data_says_what_it_is(
    read: Read, name: str, content: Any, kind: str, table: str
) -> None:
    text = (content if isinstance(content, str) else json.dumps(content)).encode()
    with pytest.raises(NotData, match=kind) as caught:
        read(name, gzip.compress(text) if name.endswith(".gz") else text, table)
    assert CANARY not in str(caught.value)
    assert str(caught.value).startswith(name)


def test_a_manifest_longer_than_its_head(read: Read) -> None:
    keys = [f"part-{i}.csv" for i in range(20_000)]
    with pytest.raises(NotData):
        read("m.json", json.dumps({"assemblyId": "1", "reportKeys": keys}, indent=1).encode())


def test_the_log_of_a_delta_table_in_parquet(read: Read) -> None:
    names = ("txn", "add", "remove", "metaData", "protocol")
    with pytest.raises(NotData):
        read("a.parquet", parquet(pa.table({name: ["x"] for name in names})))


@pytest.mark.parametrize(
    "content",
    [
        {"anthropic_version": "b", "messages": [{"role": "user", "content": CANARY}]},
        {"prompt": CANARY}, [CANARY], [[CANARY]], CANARY, 7,
    ],
)  # fmt: skip
def test_a_body_is_of_no_known_shape_and_is_never_shown(read: Read, content: Any) -> None:
    with pytest.raises(UnknownShape, match="no known native log of model_usage") as caught:
        read("q1_input.json.gz", gzip.compress(json.dumps(content).encode()), "model_usage")
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        f'{{"class_uid":6003,"api":{{"operation":"{CANARY}",}}}}',
        f'{{"a": "{CANARY}"', f"[1, {CANARY}]", f"{{'a': '{CANARY}'}}",
    ],
)  # fmt: skip
def test_json_that_is_none_is_unreadable_and_says_where(read: Read, text: str) -> None:
    with pytest.raises(Unreadable, match=r"is not valid JSON: .* at line 1, column") as caught:
        read("b.json", text.encode(), "events")
    assert CANARY not in str(caught.value)


def test_a_table_without_native_logs_says_so(read: Read) -> None:
    with pytest.raises(UnknownShape, match="there is no native log of labels"):
        read("a.json", b'{"x": 1}', "labels")


def test_json_lines_of_an_unknown_log_name_the_known_ones(read: Read) -> None:
    with pytest.raises(DataError, match=r"lacks the columns.*AWS CloudTrail") as caught:
        read("a.jsonl", b'{"hello": 1}\n', "events")
    assert not isinstance(caught.value, NotData | UnknownShape | Unreadable)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv.gz", gzip.compress(HEADER + b"\n" * 99, mtime=0)[:-9]),
        ("a.csv.zst", b"\x28\xb5\x2f\xfd1"),
        ("a.parquet", b"PAR1 and no more"), ("a.json.gz", b"no gzip"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_unreadable(read: Read, name: str, content: bytes) -> None:
    with pytest.raises(Unreadable, match=name):
        read(name, content)


def test_a_file_that_may_not_be_read_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    file = InputFile("a.csv", "usage", 1, "")
    with pytest.raises(Unreadable, match=r"a\.csv cannot be read"):
        list(read_parts(tmp_path / "a.csv", file, Hasher(b"k")))


LINES = b"".join(json.dumps(USAGE | {"SkuMeter": str(i)}).encode() + b"\n" for i in range(3))


@pytest.mark.parametrize("name", ["a.json", "a.json.gz", "a.jsonl", "a.ndjson.gz", "a.txt"])
def test_json_lines_are_read_under_any_name(read: Read, name: str) -> None:
    (part,) = read(name, gzip.compress(LINES) if name.endswith(".gz") else LINES)
    assert part.frame["SkuMeter"].to_list() == ["0", "1", "2"]
    assert part.frame["ConsumedQuantity"].to_list() == ["1.5"] * 3


def test_a_list_of_rows_is_read(read: Read) -> None:
    found = [LABEL, LABEL | {"account_id": "b"}]
    for indent in (None, 2):
        parts = read("a.json", json.dumps(found, indent=indent).encode(), "labels")
        assert [part.frame["account_id"].to_list() for part in parts] == [["a", "b"]]


def ocsf(**changed: Any) -> dict[str, Any]:
    return {
        "time": 1774864800000, "class_uid": 6003, "activity_id": 1, "status_id": 1,
        "metadata": {"uid": "1", "version": "1.5.0"}, "cloud": {"account": {"uid": "mini"}},
        "api": {"operation": "RunInstances", "service": {"name": "ec2.amazonaws.com"}},
        "actor": {"user": {"uid": "u", "type": "IAMUser"}}, "src_endpoint": {"ip": "192.0.2.1"},
        "resources": [{"type": "instance", "uid": "i"}], "unmapped": [("a", "b")],
        **changed,
    }  # fmt: skip


def events(read: Read, records: list[dict[str, Any]], **kinds: pa.DataType) -> list[RawPart]:
    maps = {"unmapped": pa.map_(pa.string(), pa.string()), **kinds}
    names = records[0].keys()
    columns = {n: pa.array([r[n] for r in records], maps.get(n)) for n in names}
    return read("x.parquet", parquet(pa.table(columns)), "events")


def test_ocsf_in_parquet_is_read_as_its_json_is(read: Read) -> None:
    records = [ocsf(), ocsf(class_uid=3002, api=None), ocsf(class_uid=1)]
    (part,) = events(read, records)
    text = "".join(json.dumps(r | {"unmapped": {}}) + "\n" for r in records)
    (same,) = read("x.json", text.encode(), "events")
    assert part.frame.equals(same.frame)
    assert part.frame["account_id"].to_list() == ["mini", "mini"]
    assert (part.rows.to_list(), [bad.row for bad in part.bad]) == ([1, 2], [3])


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "+05:30"])
def test_ocsf_times_may_be_timestamps(read: Read, unit: str, zone: str | None) -> None:
    moment = pa.array([dt.datetime(2026, 3, 30, 10)], pa.timestamp("us")).cast(pa.timestamp(unit))
    columns = {n: pa.array([v]) for n, v in ocsf().items() if n not in ("time", "unmapped")}
    table = pa.table({**columns, "time": moment.view(pa.timestamp(unit, zone))})
    (part,) = read("x.parquet", parquet(table), "events")
    assert part.frame["time"][0].startswith("2026-03-30T10:00:00")


def test_ocsf_records_keep_their_number_in_small_batches(read: Read) -> None:
    long = "x" * (MAX_PART_BYTES // 50)
    parts = events(read, [ocsf(status=long) for _ in range(120)])
    assert len(parts) > 1
    assert [row for part in parts for row in part.rows] == list(range(1, 121))
    assert max(map(len, (part.frame["status"][0] for part in parts))) < 1000


def test_the_contracts_events_in_parquet_stay_as_they_are(read: Read) -> None:
    row = {"time": "2026-01-01", "account_id": "a", "class_uid": 6003, "operation": "x"}
    (part,) = read("x.parquet", parquet(pa.Table.from_pylist([row])), "events")
    assert part.frame["class_uid"].to_list() == [6003]


FOREIGN = [
    ("usage.xlsx", "Excel workbook; save it as CSV"), ("Usage.XLS", "1.23E\\+11"),
    ("a.ods", "spreadsheet"), ("a.pdf", "PDF"), ("a.docx", "Word"), ("a.zip", "unpack"),
    ("a.tar.gz", "archive"), ("a.7z", "archive"), ("a.avro", "Avro"), ("a.orc", "ORC"),
    ("x/_SUCCESS", "marker"), ("x/amazon-bedrock-logs-permission-check", "marker"),
    ("x/.part-0.parquet.crc", "checksum"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "said"), FOREIGN)
def test_a_foreign_name_has_a_sentence(name: str, said: str) -> None:
    sentence = why_not(name)
    assert sentence is not None
    assert sentence.startswith(name)
    assert pl.Series([sentence]).str.contains(said).item()


@pytest.mark.parametrize("name", ["usage.csv", "usage.csv.gz", "a.parquet", "a.jsonl", "README"])
def test_other_names_have_none(name: str) -> None:
    assert why_not(name) is None


def test_a_folder_with_an_empty_table_is_read(folder: Path) -> None:
    (folder / "events").mkdir()
    (folder / "events" / "a.json").write_text('{"Records": []}')
    (folder / "labels.csv").write_text("account_id,decision,decided_at\n")
    counts = read_logs(folder).validate()
    assert (counts["events"].read, counts["labels"].read) == (0, 0)
