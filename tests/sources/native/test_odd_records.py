"""Records of odd shapes become rows or bad records with the real reason, never a traceback."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from detector.sources.native.adapter import Adapter, Hasher
from detector.sources.native.adapters import ADAPTERS, adapt, find
from detector.sources.native.documents import Found

LONE = "\ud800"
NEST: Any = []
for _ in range(500):
    NEST = [NEST]
ODD = (
    None, "", "x", LONE, 0, -1, 1.5, 1e308, float("nan"), float("inf"), 10**400, "9" * 5_000, True,
    [], [None], [[]], [{}], {}, {"value": []}, {LONE: 1}, NEST, "0001-01-01T00:00:00+14:00",
)  # fmt: skip
RICH: dict[str, dict[str, Any]] = {
    "AWS CloudTrail": {
        "eventVersion": "1", "eventID": "e", "eventTime": "2026-01-02T03:04:05Z",
        "eventSource": "ec2.amazonaws.com", "eventName": "ImportKeyPair", "awsRegion": "r",
        "sourceIPAddress": "203.0.113.7", "userAgent": "a", "recipientAccountId": "1",
        "userIdentity": {
            "type": "t", "arn": "a", "principalId": "p", "accountId": "1", "accessKeyId": "k",
            "sessionContext": {"attributes": {"creationDate": "d", "mfaAuthenticated": "true"}},
        },
        "requestParameters": {
            "instancesSet": {"items": [{"imageId": "i", "maxCount": 2}]}, "instanceType": "t",
            "publicKeyMaterial": "eA==", "modelId": "m",
        },
        "responseElements": {
            "ConsoleLogin": "x", "keyFingerprint": "f", "imageId": "i",
            "instancesSet": {"items": [{}]},
        },
        "additionalEventData": {"MFAUsed": "Yes"}, "errorCode": None,
    },
    "Google Cloud audit log": {
        "protoPayload": {
            "methodName": "v1.compute.projects.setCommonInstanceMetadata", "serviceName": "s",
            "resourceName": "projects/p/models/m", "status": {"code": 0},
            "authenticationInfo": {"principalEmail": "e", "serviceAccountKeyName": "k"},
            "authorizationInfo": [{"granted": True}],
            "requestMetadata": {"callerIp": "203.0.113.7", "callerSuppliedUserAgent": "a"},
            "request": {
                "machineType": "machineTypes/x",
                "metadata": {"items": [{"key": "ssh-keys", "value": "v"}]},
                "disks": [{"initializeParams": {"sourceImage": "i"}}], "sourceMachineImage": "i",
                "sshPublicKey": {"key": "k"},
            },
            "metadata": {"projectMetadataDelta": {"addedMetadataKeys": ["k"]}},
        },
        "resource": {"type": "t", "labels": {"project_id": "p", "location": "l"}},
        "insertId": "i", "logName": "projects/p/logs/l", "timestamp": "2026-01-02T03:04:05Z",
        "operation": {"id": "o", "producer": "p", "first": True, "last": False},
        "split": {"uid": "s", "index": 0},
    },
    "Azure Activity log": {
        "time": "2026-01-02T03:04:05Z", "resourceId": "/subscriptions/s/x", "location": "l",
        "operationName": "Microsoft.Compute/virtualMachines/write", "resultType": "Success",
        "resultSignature": "Succeeded.OK", "callerIpAddress": "203.0.113.7", "correlationId": "c",
        "identity": {"claims": {"appid": "a", "idtyp": "app", "uti": "u"}}, "eventDataId": None,
        "httpRequest": {"clientIpAddress": "203.0.113.7"}, "subStatus": {"value": "x"},
        "properties": {
            "statusCode": "OK",
            "requestbody": {
                "properties": {
                    "virtualMachineProfile": {
                        "storageProfile": {"imageReference": {"id": "i"}},
                        "osProfile": {
                            "linuxConfiguration": {"ssh": {"publicKeys": [{"keyData": "k"}]}}
                        },
                    },
                    "publicKey": "k",
                }
            },
        },
    },
    "OCSF": {
        "class_uid": 6003, "activity_id": 1, "activity_name": "a", "time": 1767323045000,
        "time_dt": "2026-01-02T03:04:05Z", "status_id": 1, "status": "s",
        "metadata": {"uid": "u", "product": {"name": "n", "vendor_name": "v"}},
        "cloud": {"account": {"uid": "1"}, "region": "r"},
        "actor": {
            "user": {"uid": "u", "name": "n", "type": "t", "credential_uid": "c",
                     "account": {"uid": "1"}},
            "session": {"uid": "s", "is_mfa": True},
        },
        "user": {"uid": "u", "type": "t"}, "api": {"operation": "o", "service": {"name": "s"}},
        "resources": [{"type": "t"}], "http_request": {"user_agent": "a"},
        "src_endpoint": {"ip": "203.0.113.7", "location": {"country": "IE"},
                         "autonomous_system": {"number": 64500}},
        "tls": {"ja4_fingerprint": "j", "ja3_hash": {"value": "j"}}, "device": {"uid": "d"},
        "is_mfa": True,
    },
    "OpenAI audit log": {
        "id": "a", "type": "project.created", "effective_at": 1767323045, "project": {"id": "p"},
        "project.created": {"id": "p"},
        "actor": {
            "type": "session",
            "session": {"user": {"id": "u"}, "ip_address": "203.0.113.7", "user_agent": "a",
                        "ja4": "j", "ja3": "j", "ip_address_details": {"asn": "1"}},
            "api_key": {"id": "k", "user": {"id": "u"}, "service_account": {"id": "s"}},
        },
    },
    "Anthropic activity feed": {
        "id": "a", "type": "user_signed_in", "created_at": "2026-01-02T03:04:05Z",
        "organization_id": "o", "workspace_id": "w",
        "actor": {"type": "t", "user_id": "u", "email_address": "e", "api_key_id": "k",
                  "ip_address": "203.0.113.7", "user_agent": "a"},
    },
}  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value inside a record."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in inside:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, key))


def bent(record: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    found = copy.deepcopy(record)
    at: Any = found
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return found


def adapter_of(name: str) -> Adapter:
    return next(a for a in ADAPTERS if a.name == name)


@pytest.mark.parametrize("name", RICH)
def test_an_odd_value_anywhere_gives_a_row_or_a_bad_record(name: str) -> None:
    adapter, record = adapter_of(name), RICH[name]
    odd = [bent(record, path, value) for path in places(record) for value in ODD]
    for one in odd:
        find("events", [one])
    (part,) = adapt(adapter, map(Found, odd), Hasher(b"k"))
    assert part.read == len(odd)
    assert part.frame.height > 0.9 * len(odd)
    assert all(bad.reason.startswith("the record is not used: ") for bad in part.bad)


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        ("Azure Activity log", {"operationName": None}, "operationName is missing"),
        ("Azure Activity log", {"operationName": "Create VM"}, "operationName names no operation"),
        ("Azure Activity log", {"operationName": {}}, "operationName is not a text"),
        ("AWS CloudTrail", {"eventName": None}, "eventName is missing"),
        ("AWS CloudTrail", {"eventSource": ""}, "eventSource is missing"),
        ("Google Cloud audit log", {"protoPayload": None}, "protoPayload is missing"),
        ("Google Cloud audit log", {"protoPayload": {}}, "protoPayload.methodName is missing"),
        ("OCSF", {"class_uid": None}, "class_uid is missing or not a number"),
        ("OCSF", {"class_uid": 1001}, "its OCSF class is none of 6003, 3002 and 3001"),
        ("OpenAI audit log", {"type": None}, "type is missing"),
        ("OpenAI audit log", {"effective_at": None}, "effective_at is missing"),
        ("Anthropic activity feed", {"actor": None}, ": actor is missing"),
        ("Anthropic activity feed", {"created_at": ""}, ": created_at is missing"),
        ("Anthropic activity feed", {"type": []}, "type is not a text"),
    ],
)
def test_a_record_that_is_not_used_says_the_real_reason(
    name: str, change: dict[str, Any], sentence: str
) -> None:
    found = iter([Found({**RICH[name], **change})])
    (part,) = adapt(adapter_of(name), found, Hasher(b"k"))
    assert [sentence in bad.reason for bad in part.bad] == [True]
