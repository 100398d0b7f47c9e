"""Files with several documents, with none, with rubbish: what can be read counts, at every door."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import Any

import pytest

pytestmark = pytest.mark.long  # each kind is asked of one door in tests/sources

USAGE = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter\n"
    "2026-03-31T23:00:00Z,2026-04-01T00:00:00Z,p1,mini,Usage,Compute,1,Hours,m5.large\n"
)
BASE = {"usage.csv": USAGE, "accounts.csv": "account_id,created_at\nmini,2025-01-01\n"}


def trail(event: str) -> str:
    record = {
        "eventVersion": "1.11", "eventID": event, "eventName": "RunInstances",
        "awsRegion": "us-east-1", "eventTime": "2026-03-30T10:00:00Z",
        "eventSource": "ec2.amazonaws.com", "recipientAccountId": "mini",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::1:user/x"},
    }  # fmt: skip
    return json.dumps({"Records": [record]})


def azure(event: str) -> str:
    record = {
        "operationName": {"value": "Microsoft.Compute/virtualMachines/write"},
        "resourceId": "/subscriptions/s/resourceGroups/r/providers/Microsoft.Compute/x/vm1",
        "eventTimestamp": "2026-03-30T10:00:00Z", "status": {"value": "Succeeded"},
        "eventDataId": event,
    }  # fmt: skip
    return json.dumps({"value": [record]})


def openai(start: int) -> str:
    result = {
        "object": "organization.usage.completions.result", "project_id": "mini", "model": "m",
        "api_key_id": "k", "input_tokens": 100, "output_tokens": 1, "num_model_requests": 1,
    }  # fmt: skip
    bucket = {"object": "bucket", "start_time": start, "end_time": start + 86_400,
              "results": [result]}  # fmt: skip
    return json.dumps({"object": "page", "data": [bucket], "has_more": False})


def prometheus(time: int) -> str:
    series = {"metric": {"__name__": "DCGM_FI_DEV_GPU_UTIL", "UUID": "GPU-aaaa"},
              "values": [[time, "50"]]}  # fmt: skip
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": [series]}})


def flat(day: int) -> str:
    """A row of the contract's own events."""
    return json.dumps(
        {"time": f"2026-03-{day}", "account_id": "mini", "class_uid": 6003, "operation": "X"}
    )


def pretty(text: str) -> str:
    return json.dumps(json.loads(text), indent=2)


A, B = trail("e1"), trail("e2")
TWO: Mapping[str, tuple[str, str | bytes]] = {
    "pages of OpenAI": ("model_usage/o.json", openai(1774828800) + openai(1774915200)),
    "pages on one line of a .jsonl": (
        "model_usage.jsonl", openai(1774828800) + openai(1774915200)
    ),
    "pretty pages in a .jsonl": (
        "model_usage.jsonl", pretty(openai(1774828800)) + pretty(openai(1774915200))
    ),
    "answers of Prometheus": (
        "gpu_telemetry/a.json", prometheus(1774864800) + prometheus(1774868400)
    ),
    "trails": ("events.json", A + B),
    "trails with CRLF, pretty": ("events.json", pretty(A).replace("\n", "\r\n") + pretty(B)),
    "marks of the byte order": ("events.json", f"\ufeff{A}\r\n\ufeff{B}"),
    "record separators": ("events.json", f"\x1e{A}\n\x1e{B}\n"),
    "a list of trails": ("events.json", f"[{A},{B}]"),
    "gzip members": ("events.json.gz", gzip.compress(A.encode()) + gzip.compress(B.encode())),
    "UTF-16": ("events.json", (A + B).encode("utf-16")),
    "Azure's pages": ("events.json", azure("1") + azure("2")),
    "an empty page between": ("events.json", A + '{"Records": []}' + B),
    "lists of the contract's rows": ("events.json", f"[{flat(29)}]\n[{flat(30)}]"),
    "pretty rows of the contract": ("events.json", pretty(flat(29)) + pretty(flat(30))),
    "the contract's lines under .json": ("events.json", f"{flat(29)}\n{flat(30)}"),
}  # fmt: skip


@pytest.mark.parametrize("kind", TWO)
def test_every_document_of_a_file_is_read(through: Any, kind: str) -> None:
    path, content = TWO[kind]
    seen = through({**BASE, path: content}, slowly=False)
    table = path.split("/")[0].split(".")[0]
    counts = seen.counts[table]
    assert (counts["read"], counts["ok"]) == (2, 2)
    assert not seen.warnings


LEFT: Mapping[str, tuple[str, str]] = {
    "a page of an error after": ("events.json", A + " GARBAGE <html>502 Bad Gateway</html>"),
    "an error between": ("events.json", trail("e0") + "<html>502</html>\n" + trail("e0")),
    "zeros after": ("events.json", A + "\0\0\0\0"),
    "a bracket too many": ("events.json", A + "]"),
    "a document that breaks off": ("events.json", A + B[:-20]),
    "after OpenAI's page": ("model_usage.json", openai(1774828800) + " trailing"),
    "after Prometheus's answer": ("gpu_telemetry.json", prometheus(1774864800) + "}"),
    "after the contract's rows": ("events.json", f"[{flat(30)}] GARBAGE"),
}


@pytest.mark.parametrize("kind", LEFT)
def test_what_follows_the_last_whole_document_is_one_bad_record(through: Any, kind: str) -> None:
    path, content = LEFT[kind]
    table = path.split(".")[0]
    seen = through({**BASE, path: content}, max_bad=1.0, slowly=False)
    assert seen.counts[table]["quarantined"] == len(seen.quarantine) == 1
    assert seen.counts[table]["ok"] == 1
    assert "in quarantine" in through({**BASE, path: content}, slowly=False).error


EMPTY = {
    "nothing": "", "blanks": " \r\n\n", "a mark alone": "\ufeff", "a list": "[]",
    "a page": '{"data": [], "has_more": false, "next_page": null}', "Azure's": '{"value": []}',
    "CloudTrail's": '{"Records": []}', "no list": '{"data": null}', "null": "null",
    "Prometheus's": '{"status":"success","data":{"resultType":"matrix","result":[]}}',
    "two pages": '{"data":[]}\n{"data":[]}', "pretty": '{\r\n  "value" : [\r\n  ]\r\n}\r\n',
    "a list of lists": "[[]]", "an object": "{}",
}  # fmt: skip


@pytest.mark.parametrize("kind", EMPTY)
def test_a_file_that_holds_no_record_is_a_table_without_rows(through: Any, kind: str) -> None:
    files = {**BASE, "model_usage/a.json": EMPTY[kind], "events.jsonl": EMPTY[kind],
             "tenders.json.gz": gzip.compress(EMPTY[kind].encode())}  # fmt: skip
    seen = through(files, slowly=False)
    assert seen.error is None
    assert not seen.warnings
    assert {seen.counts[t]["read"] for t in ("model_usage", "events", "tenders")} == {0}


def test_an_answer_that_failed_is_not_a_table_without_rows(through: Any) -> None:
    for answer in ('{"data": null, "error": {"code": 403}}', '{"errors": ["x"], "data": []}'):
        seen = through({**BASE, "events/1.json": A, "events/2.json": answer}, slowly=False)
        assert seen.counts["events"]["ok"] == 1
        assert any("events/2.json is an answer that says an error" in s for s in seen.warnings)


DIGEST = '{"awsAccountId":"1","digestStartTime":"2026-03-30","digestEndTime":"x","logFiles":[]}'
FOREIGN: Mapping[str, str | bytes] = {
    "CloudTrail-digest/d.json.gz": gzip.compress(DIGEST.encode()),
    "error.json": '{"error": {"code": 403, "message": "denied"}}',
    "denied.json": "<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>",
    "page.csv": "<!DOCTYPE html><html>503</html>",
    "book.xlsx": b"PK\x03\x04",
    "other.json": '{"foo": 1}',
    "notes.txt": "hello\nworld\n",
    "amazon-bedrock-logs-permission-check": "",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_no_data_is_passed_over_with_a_word(through: Any, name: str) -> None:
    files = {**BASE, "events/AWSLogs/a.json": A, f"events/AWSLogs/{name}": FOREIGN[name]}
    seen = through(files, slowly=False)
    assert seen.counts["events"]["ok"] == 1
    (warning,) = seen.warnings
    assert warning.startswith(f"events/AWSLogs/{name} ")
    assert warning.endswith("; it was passed over")


BROKEN: Mapping[str, str | bytes] = {
    "ocsf.json": '{"class_uid":6003,"api":{"operation":"RunInstances",},"time":1774864800000}',
    "cut.json": A[:-30],
    "bytes.json": bytes(range(256)),
    "nested.json": '{"a":' * 5_000,
    "cut.json.gz": gzip.compress(A.encode() * 50)[:60],
    "plain.json.gz": A + " ",
    "junk.json.zst": b"junk",
    "cut.parquet": b"PAR1xxxx",
    "text.parquet": b"hello",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_set_aside_and_stops_nothing(through: Any, name: str) -> None:
    for beside in ({"events/a.json": A}, {}):
        files = {**BASE, **beside, f"events/{name}": BROKEN[name]}
        seen = through(files, slowly=False)
        assert seen.error is None
        assert ("events" in seen.counts) == bool(beside)
        (warning,) = seen.warnings
        assert warning.startswith(f"events/{name} was set aside: ")


@pytest.mark.parametrize("content", [b"PAR1", b"", b"<html>503</html>", b"a,b\n1,2\n"])
def test_a_required_table_of_which_nothing_is_read_stops_the_run(
    through: Any, content: bytes
) -> None:
    name = "usage/b.parquet" if content == b"PAR1" else "usage/b.csv"
    files = {"accounts.csv": BASE["accounts.csv"], name: content}
    seen = through(files, slowly=False)
    assert seen.error is not None
    assert name in seen.error or "none of the 0 rows" in seen.error
    if content.startswith(b"<"):
        seen = through({"usage.csv": USAGE, "accounts.csv": content}, slowly=False)
        assert "accounts.csv is a web page" in seen.error


@pytest.mark.parametrize("wrong", [USAGE.replace("ServiceName", "Service"), "a,b\n1,2\n"])
def test_a_table_of_the_wrong_shape_is_no_stranger(through: Any, wrong: str) -> None:
    files = {"accounts.csv": BASE["accounts.csv"], "usage/1.csv": USAGE, "usage/2.csv": wrong}
    seen = through(files, slowly=False)
    assert seen.error.startswith("DataError: usage/2.csv is not a FOCUS export: it lacks the col")
