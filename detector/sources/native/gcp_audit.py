"""Google Cloud audit log entries to ``events``.

Shape: Cloud Logging documentation, "LogEntry" with a ``protoPayload`` of type AuditLog
(cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog).

Entries with the same ``insertId``, ``logName`` and ``timestamp`` are one entry. A long
operation has a first and a last entry, joined by ``operation.id`` (unique among those of its
producer): the last tells how it ended, so it counts; a first alone counts too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from detector.sources.native.adapter import (
    FINAL,
    KEY,
    ORDER,
    PROVISIONAL,
    Adapter,
    Hasher,
    Record,
    Row,
    UnusableRecord,
    dig,
    event_key,
    folded,
    instant,
    lacking,
    record_key,
    records_of,
    text,
)  # fmt: skip
from detector.sources.native.identities import address, agent, google_image, named, ssh_key
from detector.sources.native.operations import API_ACTIVITY, GCP, classify

NAME: Final = "Google Cloud audit log"
_VERSION: Final = re.compile(r"^(?:v\d+|alpha|beta)\.(?=compute\.)")
_SCOPE: Final = re.compile(r"(?:projects|folders|organizations|billingAccounts)/([^/]+)")
_MODEL: Final = re.compile(r"models/([^/:]+)")
_SIZE: Final = re.compile(r"machineTypes/([^/]+)$")
_SETS_METADATA: Final = "compute.projects.setCommonInstanceMetadata"
_DELTAS: Final = ("projectMetadataDelta", "instanceMetadataDelta")
_CHANGED: Final = ("addedMetadataKeys", "modifiedMetadataKeys")
_KEYS: Final = frozenset({"ssh-keys", "sshKeys"})
"""Metadata keys of VM instances that hold public keys, the second before 2017."""


def _recognises(record: Record) -> bool:
    payload = folded(record).get("protopayload")
    return isinstance(payload, dict) and ("methodName" in payload or "serviceName" in payload)


def _rows(record: Record, hashed: Hasher) -> Iterator[Row]:
    top = folded(record)
    payload = top.get("protopayload")
    method = text(dig(payload, "methodName"))
    if not method:
        reason = "protoPayload is missing or not an object"
        if isinstance(payload, dict):
            reason = lacking("protoPayload.methodName", payload.get("methodName"))
        raise UnusableRecord(f"it is not an audit log entry: {reason}")
    method = _VERSION.sub("", method)
    key, order = _told(top, method)
    class_uid, operation = _operation(method, payload)
    meta = dig(payload, "requestMetadata")
    actor = text(dig(payload, "authenticationInfo", "principalEmail"))
    yield {
        KEY: key,
        ORDER: order,
        "time": text(top.get("timestamp")) or text(top.get("receivetimestamp")),
        "account_id": _account(top, payload),
        "class_uid": class_uid,
        "operation": operation,
        "status": _status(payload, method),
        "actor_uid": hashed(named(actor)),
        "actor_type": _actor_type(actor),
        "credential_uid": hashed(
            named(dig(payload, "authenticationInfo", "serviceAccountKeyName"))
        ),
        "service": (text(dig(payload, "serviceName")) or "").removesuffix(".googleapis.com"),
        "resource_type": text(dig(top.get("resource"), "type")),
        "region": text(dig(top.get("resource"), "labels", "location"))
        or text(dig(top.get("resource"), "labels", "zone")),
        "src_ip_hash": hashed(address(dig(meta, "callerIp") or dig(meta, "callerIP"))),
        "user_agent_hash": hashed(agent(dig(meta, "callerSuppliedUserAgent"))),
        "instance_type": _match(_SIZE, dig(payload, "request", "machineType")),
        "image_hash": hashed(_image(payload, operation)),
        "ssh_key_hash": hashed(_key(payload)),
        "model_id": _match(_MODEL, dig(payload, "resourceName")),
    }


def _told(top: dict[str, Any], method: str) -> tuple[int | None, int]:
    """Name what an entry tells of, and whether it is the last word."""
    operation = top.get("operation")
    id_, producer = named(dig(operation, "id")), text(dig(operation, "producer"))
    if id_ is not None:
        last = _holds(dig(operation, "last"))
        return event_key(f"{NAME} operation", producer, id_, method), FINAL if last else PROVISIONAL
    # An entry beyond the size limit comes in pieces, each an entry of its own (LogSplit).
    whole, piece = named(dig(top.get("split"), "uid")), dig(top.get("split"), "index")
    if whole is not None:
        first = piece in (None, 0, "0")
        return event_key(f"{NAME} split", whole), FINAL if first else PROVISIONAL
    time = instant(top.get("timestamp"))
    return record_key(NAME, top.get("insertid"), text(top.get("logname")), time), FINAL


def _holds(value: Any) -> bool:
    return (text(value) or "").lower() == "true"


def _operation(method: str, payload: Any) -> tuple[int, str]:
    """Map a method; metadata that is set is a key only where the log does not say otherwise."""
    changes = [dig(payload, "metadata", delta) for delta in _DELTAS]
    changed = [c for d in changes for kind in _CHANGED for c in records_of(dig(d, kind))]
    told = any(isinstance(delta, dict) for delta in changes)
    if told and method == _SETS_METADATA and not _KEYS.intersection(map(str, changed)):
        return API_ACTIVITY, method
    return classify(method, GCP)


def _account(top: dict[str, Any], payload: Any) -> str | None:
    project = text(dig(top.get("resource"), "labels", "project_id"))
    return (
        project
        or _match(_SCOPE, top.get("logname"))
        or _match(_SCOPE, dig(payload, "resourceName"))
    )


def _match(pattern: re.Pattern[str], value: Any) -> str | None:
    found = pattern.search(value) if isinstance(value, str) else None
    return found[1] if found else None


def _status(payload: Any, method: str) -> str:
    code = dig(payload, "status", "code")
    refused = any(dig(a, "granted") is False for a in records_of(dig(payload, "authorizationInfo")))
    return "failure" if code not in (None, 0, "0") or refused or "Failure" in method else "success"


def _actor_type(actor: str | None) -> str | None:
    if actor is None:
        return None
    return "service_account" if actor.endswith("gserviceaccount.com") else "user"


def _image(payload: Any, operation: str) -> str | None:
    """The image that is made, else the first of a launch that is a project's own."""
    if operation == "CreateImage":
        return google_image(dig(payload, "resourceName"))
    request = dig(payload, "request")
    disks = records_of(dig(request, "disks"))
    sources = [dig(disk, "initializeParams", "sourceImage") for disk in disks]
    found = map(google_image, (*sources, dig(request, "sourceMachineImage")))
    return next((image for image in found if image is not None), None)


def _key(payload: Any) -> str | None:
    """The first public key of a request: of instance or project metadata, or of OS Login."""
    request = dig(payload, "request")
    items = [*records_of(dig(request, "metadata", "items")), *records_of(dig(request, "items"))]
    values = [dig(item, "value") for item in items if text(dig(item, "key")) in _KEYS]
    login = dig(request, "sshPublicKey", "key") or dig(request, "ssh_public_key", "key")
    return next((k for value in (*values, login) if (k := ssh_key(value)) is not None), None)


ADAPTER: Final = Adapter(
    NAME, "events", _recognises, _rows, (("entries",),), partial=("nextPageToken",)
)
