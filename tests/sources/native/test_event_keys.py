"""One operation is one event: which rows tell of the same, and which of them counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from detector.sources.native.adapter import FINAL, PROVISIONAL, Hasher
from detector.sources.native.adapters import ADAPTERS, adapt
from detector.sources.native.documents import Found
from detector.sources.raw import RawPart


def part(log: str, *records: Mapping[str, Any]) -> RawPart:
    adapter = next(a for a in ADAPTERS if log in a.name)
    (found,) = adapt(adapter, iter([Found(dict(r)) for r in records]), Hasher(b"k"))
    assert not found.bad
    return found


def keys(log: str, *records: Mapping[str, Any]) -> list[int | None]:
    found = part(log, *records)
    return [None] * len(found.rows) if found.keys is None else found.keys.to_list()


CLOUDTRAIL = {
    "eventVersion": "1.11",
    "eventID": "4023e622-0c3e-4324-bdef-7f58193bba87",
    "eventTime": "2026-03-30T10:00:00Z",
    "eventSource": "ec2.amazonaws.com",
    "eventName": "RunInstances",
    "recipientAccountId": "111111111111",
}
GCP = {
    "protoPayload": {
        "methodName": "v1.compute.instances.insert",
        "serviceName": "compute.googleapis.com",
    },
    "insertId": "a",
    "timestamp": "2026-03-30T10:00:00.123456Z",
    "logName": "projects/p/logs/cloudaudit.googleapis.com%2Factivity",
}
STARTED = {**GCP, "operation": {"id": "op1", "producer": "compute.googleapis.com", "first": True}}
ENDED = {
    **GCP,
    "insertId": "b",
    "timestamp": "2026-03-30T10:00:31Z",
    "operation": {"id": "op1", "producer": "compute.googleapis.com", "last": True},
}
GROUP = "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Compute"
AZURE = {
    "eventDataId": "e1",
    "correlationId": "c1",
    "operationId": "o1",
    "eventTimestamp": "2026-03-30T10:00:00.1234567Z",
    "resourceId": f"{GROUP}/virtualMachines/vm1",
    "operationName": {"value": "Microsoft.Compute/virtualMachines/write"},
    "status": {"value": "Succeeded"},
}
STORED = {
    "time": "2026-03-30T10:00:00.1234567Z",
    "correlationId": "c1",
    "resourceId": f"{GROUP}/virtualMachines/vm1".upper(),
    "operationName": "MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE",
    "resultType": "Success",
    "resultSignature": "Succeeded.Created",
}
OCSF = {
    "class_uid": 6003,
    "metadata": {"uid": "u1", "product": {"name": "Audit", "vendor_name": "Corp"}},
    "api": {"operation": "RunInstances"},
    "time": 1774864800000,
}
OPENAI = {"id": "audit_log-1", "type": "login.succeeded", "effective_at": 1774864800, "actor": {}}
ANTHROPIC = {
    "id": "activity_1",
    "type": "user_signed_in",
    "created_at": "2026-03-30T10:00:00Z",
    "organization_id": "o",
    "actor": {"type": "user_actor"},
}
SAME = {
    "the same event by two trails": (
        "CloudTrail", CLOUDTRAIL, {**CLOUDTRAIL, "additionalEventData": {"x": 1}},
    ),
    "the same entry in two sinks": ("Google", GCP, {**GCP, "receiveTimestamp": "later"}),
    "a time in two spellings": (
        "Google", GCP, {**GCP, "timestamp": "2026-03-30T12:00:00.123456+02:00"},
    ),
    "the start and the end of an operation": ("Google", STARTED, ENDED),
    "an operation by two versions of a method": (
        "Google",
        STARTED,
        {**ENDED, "protoPayload": {"methodName": "beta.compute.instances.insert"}},
    ),
    "the pieces of one entry": (
        "Google",
        {**GCP, "split": {"uid": "s", "index": 0, "totalSplits": 2}},
        {**GCP, "insertId": "b", "split": {"uid": "s", "index": 1, "totalSplits": 2}},
    ),
    "the same record of Azure": ("Azure", AZURE, {**AZURE, "submissionTimestamp": "later"}),
    "the same stored record": (
        "Azure", STORED, {**STORED, "operationName": STORED["operationName"].lower()},
    ),
    "the same OCSF event": ("OCSF", OCSF, {**OCSF, "severity_id": 1}),
    "the same audit entry": ("OpenAI", OPENAI, {**OPENAI, "project": {"id": "p"}}),
    "the same activity": ("Anthropic activity", ANTHROPIC, {**ANTHROPIC, "workspace_id": "w"}),
}  # fmt: skip
DIFFERENT = {
    "two events of one act": (
        "CloudTrail", {**CLOUDTRAIL, "sharedEventID": "s"},
        {**CLOUDTRAIL, "sharedEventID": "s", "eventID": "other"},
    ),
    "one insertId in two logs": ("Google", GCP, {**GCP, "logName": "projects/q/logs/x"}),
    "one insertId at two times": ("Google", GCP, {**GCP, "timestamp": "2026-03-30T10:00:01Z"}),
    "operations of two producers": (
        "Google", STARTED, {**ENDED, "operation": {"id": "op1", "producer": "x", "last": True}},
    ),
    "two operations": (
        "Google", STARTED,
        {**STARTED, "operation": {**STARTED["operation"], "id": "op2"}},  # type: ignore[dict-item]
    ),
    "records of one operation of Azure": ("Azure", AZURE, {**AZURE, "eventDataId": "e2"}),
    "machines of one deployment": (
        "Azure", STORED, {**STORED, "resourceId": f"{GROUP}/virtualMachines/vm2"},
    ),
    "a stored start and end": ("Azure", STORED, {**STORED, "resultType": "Start"}),
    "one id of two products": (
        "OCSF", OCSF, {**OCSF, "metadata": {"uid": "u1", "product": {"name": "Other"}}},
    ),
    "two audit entries": ("OpenAI", OPENAI, {**OPENAI, "id": "audit_log-2"}),
    "two activities": ("Anthropic activity", ANTHROPIC, {**ANTHROPIC, "id": "activity_2"}),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_one_operation_has_one_key(name: str) -> None:
    one, other = keys(*SAME[name])
    assert one is not None
    assert one == other


@pytest.mark.parametrize("name", DIFFERENT)
def test_two_operations_have_two_keys(name: str) -> None:
    one, other = keys(*DIFFERENT[name])
    assert one is not None
    assert other is not None
    assert one != other


@pytest.mark.parametrize(
    ("log", "record", "id_"),
    [
        ("CloudTrail", CLOUDTRAIL, "eventID"),
        ("Google", GCP, "insertId"),
        ("Azure", AZURE, "eventDataId"),
        ("Azure", STORED, "correlationId"),
        ("OCSF", OCSF, "metadata"),
        ("OpenAI", OPENAI, "id"),
        ("Anthropic activity", ANTHROPIC, "id"),
    ],
)
@pytest.mark.parametrize("value", [None, "", " ", {}, []])
def test_a_record_without_an_id_has_no_key(
    log: str, record: dict[str, Any], id_: str, value: Any
) -> None:
    assert keys(log, {**record, id_: value}) == [None]
    without = {key: v for key, v in record.items() if key != id_}
    assert keys(log, without) == [None]


def test_the_end_of_a_long_operation_counts_before_its_start() -> None:
    both = {**STARTED["operation"], "last": True}  # type: ignore[dict-item]
    between = {"id": "op1", "producer": "compute.googleapis.com"}
    records = [STARTED, {**GCP, "operation": between}, ENDED, {**GCP, "operation": both}, GCP]
    order = part("Google", *records).order
    assert order is not None
    assert order.to_list() == [PROVISIONAL, PROVISIONAL, FINAL, FINAL, FINAL]


def test_security_lake_tells_of_the_same_event_as_the_trail() -> None:
    lake = {**OCSF, "metadata": {"uid": CLOUDTRAIL["eventID"], "product": {"name": "CloudTrail"}}}
    assert keys("OCSF", lake) == keys("CloudTrail", CLOUDTRAIL)


def operation(log: str, record: Mapping[str, Any]) -> str:
    return str(part(log, record).frame["operation"][0])


OWN_NAME = "microsoft.compute/virtualmachines/write"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"subStatus": {"value": "Created"}}, "RunInstances"),
        ({"subStatus": {"value": "OK", "localizedValue": "OK (HTTP Status Code: 200)"}}, OWN_NAME),
        ({"subStatus": {"value": "OK (HTTP Status Code: 200)"}}, OWN_NAME),
        ({"subStatus": {"value": ""}}, "RunInstances"),
        ({"properties": {"statusCode": "OK"}}, OWN_NAME),
        ({"properties": {"statusCode": "Created"}}, "RunInstances"),
        ({"resultSignature": "Succeeded.OK"}, OWN_NAME),
        ({"resultSignature": "Succeeded."}, "RunInstances"),
        ({"resultSignature": "Succeeded.Created"}, "RunInstances"),
        ({}, "RunInstances"),
        ({"status": {"value": "Started"}}, OWN_NAME),
        ({"status": {"value": "Accepted"}, "subStatus": {"value": "Created"}}, OWN_NAME),
    ],
)
def test_creating_is_told_from_updating_where_azure_tells(
    change: dict[str, Any], expected: str
) -> None:
    assert operation("Azure", {**AZURE, **change}) == expected


def test_a_write_that_answers_alike_in_both_cases_stays_what_it_was() -> None:
    name = "Microsoft.Compute/snapshots/write"
    record = {**AZURE, "operationName": {"value": name}, "subStatus": {"value": "OK"}}
    assert operation("Azure", record) == "CopySnapshot"


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("v1.compute.instances.insert", "RunInstances"),
        ("v1.compute.instances.update", "compute.instances.update"),
        ("beta.compute.instances.setMetadata", "compute.instances.setMetadata"),
    ],
)
def test_creating_is_told_from_updating_by_google(method: str, expected: str) -> None:
    assert operation("Google", {**GCP, "protoPayload": {"methodName": method}}) == expected


@pytest.mark.parametrize(
    ("metadata", "imports"),
    [
        (None, True),
        ({"projectMetadataDelta": {"addedMetadataKeys": ["ssh-keys"]}}, True),
        ({"projectMetadataDelta": {"modifiedMetadataKeys": ["enable-oslogin", "sshKeys"]}}, True),
        ({"projectMetadataDelta": {"modifiedMetadataKeys": ["enable-oslogin"]}}, False),
        ({"projectMetadataDelta": {"deletedMetadataKeys": ["ssh-keys"]}}, False),
    ],
)
def test_metadata_is_a_key_unless_the_log_says_otherwise(metadata: Any, imports: bool) -> None:
    method = "compute.projects.setCommonInstanceMetadata"
    payload = {"methodName": f"v1.{method}", "metadata": metadata}
    found = operation("Google", {**GCP, "protoPayload": payload})
    assert found == ("ImportKeyPair" if imports else method)


@pytest.mark.parametrize(
    "times",
    [
        {"time": 1774864800000},
        {"time": "1774864800000"},
        {"time": 1774864800000.0},
        {"time": datetime(2026, 3, 30, 10)},
        {"time": datetime(2026, 3, 30, 10, tzinfo=UTC)},
        {"time": None, "time_dt": datetime(2026, 3, 30, 10)},
        {"time": None, "time_dt": "2026-03-30T10:00:00Z"},
    ],
)
def test_a_row_of_parquet_is_an_event(times: dict[str, Any]) -> None:
    columns = {**{key: [value] for key, value in OCSF.items()}, "user": [None], "resources": [None]}
    columns |= {key: [value] for key, value in times.items()}
    record = pl.DataFrame(columns).row(0, named=True)
    frame = part("OCSF", record).frame
    assert datetime.fromisoformat(frame["time"][0]).replace(tzinfo=UTC) == datetime(
        2026, 3, 30, 10, tzinfo=UTC
    )
    assert frame["operation"].to_list() == ["RunInstances"]
