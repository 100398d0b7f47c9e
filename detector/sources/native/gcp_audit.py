"""Google Cloud audit log entries to ``events``.

Shape: Cloud Logging documentation, "LogEntry" with a ``protoPayload`` of type AuditLog
(cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from detector.sources.native.adapter import (
    Adapter,
    Hasher,
    Record,
    Row,
    UnusableRecord,
    dig,
    folded,
    records_of,
    text,
)  # fmt: skip
from detector.sources.native.operations import GCP, classify

_VERSION: Final = re.compile(r"^(?:v\d+|alpha|beta)\.(?=compute\.)")
_SCOPE: Final = re.compile(r"(?:projects|folders|organizations|billingAccounts)/([^/]+)")
_MODEL: Final = re.compile(r"models/([^/:]+)")
_SIZE: Final = re.compile(r"machineTypes/([^/]+)$")


def _recognises(record: Record) -> bool:
    payload = folded(record).get("protopayload")
    return isinstance(payload, dict) and ("methodName" in payload or "serviceName" in payload)


def _rows(record: Record, hashed: Hasher) -> Iterator[Row]:
    top = folded(record)
    payload = top.get("protopayload")
    method = text(dig(payload, "methodName"))
    if method is None:
        raise UnusableRecord("it is not an audit log entry: protoPayload.methodName is missing")
    class_uid, operation = classify(_VERSION.sub("", method), GCP)
    meta = dig(payload, "requestMetadata")
    actor = text(dig(payload, "authenticationInfo", "principalEmail"))
    yield {
        "time": text(top.get("timestamp")) or text(top.get("receivetimestamp")),
        "account_id": _account(top, payload),
        "class_uid": class_uid,
        "operation": operation,
        "status": _status(payload, method),
        "actor_uid": hashed(actor),
        "actor_type": _actor_type(actor),
        "credential_uid": hashed(dig(payload, "authenticationInfo", "serviceAccountKeyName")),
        "service": (text(dig(payload, "serviceName")) or "").removesuffix(".googleapis.com"),
        "resource_type": text(dig(top.get("resource"), "type")),
        "region": text(dig(top.get("resource"), "labels", "location"))
        or text(dig(top.get("resource"), "labels", "zone")),
        "src_ip_hash": hashed(dig(meta, "callerIp") or dig(meta, "callerIP")),
        "user_agent_hash": hashed(dig(meta, "callerSuppliedUserAgent")),
        "instance_type": _match(_SIZE, dig(payload, "request", "machineType")),
        "image_hash": hashed(_image(payload)),
        "model_id": _match(_MODEL, dig(payload, "resourceName")),
    }


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


def _image(payload: Any) -> str | None:
    disks = records_of(dig(payload, "request", "disks"))
    return next((i for d in disks if (i := text(dig(d, "initializeParams", "sourceImage")))), None)


ADAPTER: Final = Adapter("Google Cloud audit log", "events", _recognises, _rows, (("entries",),))
