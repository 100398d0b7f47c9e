"""Events of every cloud: told once, and joined by identities alone, at every door."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.long  # each kind is asked of one door in tests/sources

USAGE = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter\n"
    "2026-03-31T23:00:00Z,2026-04-01T00:00:00Z,p1,mini,Usage,Compute,1,Hours,m5.large\n"
)
BASE = {"usage.csv": USAGE, "accounts.csv": "account_id,created_at\nmini,2025-01-01\n"}
RUN = "RunInstances"
Record = dict[str, Any]


def operations(seen: Any) -> dict[str, int]:
    assert seen.error is None
    rows: pl.DataFrame = seen.rollups["events"]
    return dict(rows.group_by("operation").agg(pl.col("n").sum()).sort("operation").iter_rows())


def shared(seen: Any) -> set[str]:
    """Kinds of identifiers that two accounts have in common."""
    rows: pl.DataFrame = seen.rollups["distinct"]
    held = rows.group_by("kind", "value").agg(pl.col("account_id").n_unique().alias("n"))
    return set(held.filter(pl.col("n") > 1)["kind"])


def trail(event: str, account: str = "mini", *, address: str = "203.0.113.7",
          **asked: object) -> Record:  # fmt: skip
    return {
        "eventVersion": "1.11", "eventID": event, "eventName": RUN, "awsRegion": "us-east-1",
        "eventTime": "2026-03-30T10:00:00Z", "eventSource": "ec2.amazonaws.com",
        "sourceIPAddress": address, "userAgent": f"agent-{account}",
        "recipientAccountId": account,
        "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{account}:user/x",
                         "accountId": account, "accessKeyId": f"AKIA{account}"},
        "requestParameters": asked,
    }  # fmt: skip


def records(*held: Record) -> str:
    return json.dumps({"Records": list(held)})


def google(insert: str, second: int = 0, *, id_: str = "op1", method: str = "insert",
           **operation: object) -> Record:  # fmt: skip
    return {
        "protoPayload": {
            "methodName": f"v1.compute.instances.{method}", "serviceName": "compute.googleapis.com",
            "authenticationInfo": {"principalEmail": "u@example.com"},
            "requestMetadata": {"callerIp": "203.0.113.7"},
        },
        "insertId": insert, "timestamp": f"2026-03-30T10:00:{second:02d}Z",
        "logName": "projects/mini/logs/cloudaudit.googleapis.com%2Factivity",
        "resource": {"type": "gce_instance", "labels": {"project_id": "mini"}},
        "operation": {"id": id_, "producer": "compute.googleapis.com", **operation},
    }  # fmt: skip


def azure(event: str, status: str = "Succeeded") -> Record:
    return {
        "operationName": {"value": "Microsoft.Compute/virtualMachines/write"},
        "eventDataId": event, "correlationId": "c1", "operationId": "o1",
        "resourceId": "/subscriptions/mini/resourceGroups/r/providers/Microsoft.Compute/x/vm1",
        "eventTimestamp": "2026-03-30T10:00:00Z", "status": {"value": status}, "caller": "x@y",
    }  # fmt: skip


def ocsf(uid: str | None) -> Record:
    return {
        "class_uid": 6003, "activity_id": 1, "time": 1774864800000, "status": "Success",
        "metadata": {"version": "1.5.0", **({"uid": uid} if uid else {})},
        "cloud": {"account": {"uid": "mini"}, "provider": "AWS"},
        "api": {"operation": RUN, "service": {"name": "ec2.amazonaws.com"}},
        "actor": {"user": {"uid": "u", "type": "IAMUser"}},
        "src_endpoint": {"ip": "203.0.113.7"},
    }  # fmt: skip


def lines(*held: Record) -> str:
    return "".join(json.dumps(record) + "\n" for record in held)


FIRST, LAST = google("a", 0, first=True), google("b", 31, last=True)
ONCE: Mapping[str, Mapping[str, str | bytes]] = {
    "Google's first and last": {"events/g.json": json.dumps([FIRST, LAST])},
    "the last before the first": {"events/g.json": json.dumps([LAST, FIRST])},
    "in two files": {"events/1.json": json.dumps([LAST]), "events/2.json": json.dumps([FIRST])},
    "in lines": {"events/g.jsonl": lines(FIRST, LAST)},
    "with one between": {
        "events/g.json": json.dumps([FIRST, google("c", 9), LAST]).replace('"c"', '"b"')
    },
    "the first alone": {"events/g.json": json.dumps([FIRST])},
    "first and last in one record": {
        "events/g.json": json.dumps([google("a", first=True, last=True)])
    },
    "an entry twice": {"events/g.json": json.dumps([LAST]), "events/h.json": lines(LAST)},
    "two trails": {
        "events/AWSLogs/1/a.json.gz": gzip.compress(records(trail("e")).encode()),
        "events/AWSLogs/o-1/1/b.json.gz": gzip.compress((records(trail("e")) + "\n").encode()),
    },
    "a trail and its lines": {
        "events/a.json": records(trail("e")), "events/b.jsonl": lines(trail("e"))
    },
    "an id in capitals of its file": {
        "events/a.json": records(trail("e"), trail("e")), "events/EVENTS.JSON": lines(trail("e"))
    },
    "Azure's event twice": {
        "events/1.json": json.dumps([azure("1")]),
        "events/2.json": json.dumps({"value": [azure("1")]}),
    },
    "OCSF's uid twice": {
        "events/1.jsonl": lines(ocsf("x")), "events/2.json": json.dumps([ocsf("x")])
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", ONCE)
def test_one_operation_is_one_event(through: Any, kind: str) -> None:
    assert operations(through({**BASE, **ONCE[kind]})) == {RUN: 1}


TWICE: Mapping[str, Mapping[str, str]] = {
    "two operations": {"events/g.json": json.dumps([LAST, google("d", 7, id_="op2", last=True)])},
    "two operations of two producers": {
        "events/g.json": json.dumps(
            [LAST, google("d", 7, last=True, producer="container.googleapis.com")]
        )
    },
    "two trails' events": {
        "events/a.json": records(trail("e")), "events/b.json": lines(trail("f"))
    },
    "events without an id": {"events/o.jsonl": lines(ocsf(None), ocsf(None))},
}  # fmt: skip


@pytest.mark.parametrize("kind", TWICE)
def test_two_operations_are_two_events(through: Any, kind: str) -> None:
    assert operations(through({**BASE, **TWICE[kind]})) == {RUN: 2}


def test_of_azures_states_of_one_write_one_makes_a_machine(through: Any) -> None:
    states = [azure("1", "Started"), azure("2", "Accepted"), azure("3", "Succeeded")]
    assert operations(through({**BASE, "events.json": json.dumps(states)}))[RUN] == 1


NAMES: Mapping[str, Mapping[str, Any]] = {
    "a key's name": {"keyName": "gpu-key"},
    "a key's name inside the items": {"instancesSet": {"items": [{"keyName": "gpu-key"}]}},
    "a public image": {"instancesSet": {"items": [{"imageId": "ami-0public"}]}},
    "an image at the top": {"imageId": "ami-0public"},
    "a service's address": {"address": "sagemaker.amazonaws.com"},
    "AWS for an address": {"address": "AWS Internal"},
    "an address inside": {"address": "10.0.0.7"},
    "no address": {"address": "-"},
}


@pytest.mark.parametrize("kind", NAMES)
def test_names_and_public_things_join_nobody(through: Any, kind: str) -> None:
    own = {"address": "203.0.113.1"}
    held = [trail(f"e{n}", f"{n}" * 12, **{**own, "address": f"203.0.113.{n}", **NAMES[kind]})
            for n in (1, 2, 3)]  # fmt: skip
    assert not shared(through({**BASE, "events.json": records(*held)}, slowly=False))


def test_an_address_that_is_one_is_an_identifier(through: Any) -> None:
    """What the test above denies can be seen."""
    held = [trail(f"e{n}", f"{n}" * 12, address="203.0.113.7") for n in (1, 2, 3)]
    assert shared(through({**BASE, "events.json": records(*held)}, slowly=False)) == {"ip"}


def lake(time: pa.Array, **more: pa.Array) -> bytes:
    """Security Lake's columns: objects are structs."""
    table = pa.table(
        {
            "class_uid": pa.array([6003] * 2, pa.int32()), "time": time,
            "metadata": pa.array([{"version": "1.1.0", "uid": u} for u in ("1", "2")]),
            "cloud": pa.array([{"account": {"uid": "mini"}, "provider": "AWS"}] * 2),
            "api": pa.array([{"operation": RUN, "service": {"name": "ec2"}}] * 2),
            "actor": pa.array([{"user": {"uid": "u", "type": "IAMUser"}}] * 2),
            "src_endpoint": pa.array([{"ip": "203.0.113.7"}] * 2),
            **more,
        }
    )  # fmt: skip
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


MOMENT = datetime(2026, 3, 30, 10, tzinfo=UTC)
LAKES: Mapping[str, bytes] = {
    "milliseconds": lake(pa.array([1774864800000] * 2, pa.int64())),
    "a timestamp": lake(pa.array([MOMENT] * 2, pa.timestamp("us", "UTC"))),
    "a timestamp of milliseconds": lake(pa.array([MOMENT] * 2, pa.timestamp("ms"))),
    "a map beside": lake(
        pa.array([1774864800000] * 2, pa.int64()),
        unmapped=pa.array([[("a", "b")]] * 2, pa.map_(pa.string(), pa.string())),
    ),
    "lists beside": lake(
        pa.array([1774864800000] * 2, pa.int64()),
        resources=pa.array([[{"uid": "i-1", "type": "AWS::EC2::Instance"}]] * 2),
    ),
}


@pytest.mark.parametrize("kind", LAKES)
def test_ocsf_in_parquet_is_read(through: Any, kind: str) -> None:
    path = "events/region=us-east-1/accountId=mini/eventDay=20260330/x.zstd.parquet"
    seen = through({**BASE, path: LAKES[kind]}, slowly=False)
    assert operations(seen) == {RUN: 2}
    assert str(seen.rollups["events"]["first"].min()) == "2026-03-30 10:00:00+00:00"
