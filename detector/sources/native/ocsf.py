"""OCSF events of classes 6003, 3002 and 3001 to ``events``.

Shape: schema.ocsf.io, API Activity (6003), Authentication (3002), Account Change (3001);
``time`` is in milliseconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from detector.sources.native.adapter import (
    Adapter,
    Hasher,
    Record,
    Row,
    UnusableRecord,
    dig,
    from_epoch,
    number,
    records_of,
    text,
)  # fmt: skip
from detector.sources.native.operations import (
    ACCOUNT_CHANGE,
    API_ACTIVITY,
    AUTHENTICATION,
    AWS,
    OCSF_ACCOUNT_CHANGE,
    classify,
)  # fmt: skip

CLASSES: Final = frozenset({ACCOUNT_CHANGE, AUTHENTICATION, API_ACTIVITY})
_STATUSES: Final = {1: "success", 2: "failure"}
_LOGON: Final = 1


def _recognises(record: Record) -> bool:
    nested = ("metadata", "actor", "src_endpoint", "api", "cloud", "activity_id", "user")
    return number(record.get("class_uid")) is not None and any(key in record for key in nested)


def _rows(record: Record, hashed: Hasher) -> Iterator[Row]:
    class_uid = number(record.get("class_uid"))
    if class_uid not in CLASSES:
        raise UnusableRecord("its OCSF class is none of 6003, 3002 and 3001")
    actor = record.get("actor")
    source = record.get("src_endpoint")
    yield {
        "time": _time(record.get("time")),
        "account_id": text(dig(record, "cloud", "account", "uid"))
        or text(dig(actor, "user", "account", "uid")),
        "class_uid": class_uid,
        "operation": _operation(record, class_uid),
        "status": _STATUSES.get(number(record.get("status_id")) or 0) or text(record.get("status")),
        "actor_uid": hashed(
            text(dig(actor, "user", "uid")) or text(dig(record, "user", "uid"))
            or text(dig(actor, "user", "name"))
        ),
        "actor_type": text(dig(actor, "user", "type")) or text(dig(record, "user", "type")),
        "credential_uid": hashed(text(dig(actor, "user", "credential_uid"))),
        "session_uid": hashed(
            text(dig(actor, "session", "uid")) or text(dig(record, "session", "uid"))
        ),
        "service": text(dig(record, "api", "service", "name"))
        or text(dig(record, "service", "name")),
        "resource_type": next(
            (text(dig(r, "type")) for r in records_of(record.get("resources"))), None
        ),
        "resource_count": len(records_of(record.get("resources"))) or None,
        "region": text(dig(record, "cloud", "region")),
        "src_ip_hash": hashed(text(dig(source, "ip"))),
        "src_asn": number(dig(source, "autonomous_system", "number")),
        "src_country": text(dig(source, "location", "country")),
        "user_agent_hash": hashed(text(dig(record, "http_request", "user_agent"))),
        "tls_fingerprint": hashed(_fingerprint(record.get("tls"))),
        "device_hash": hashed(text(dig(record, "device", "uid"))),
        "mfa": text(record.get("is_mfa")) or text(dig(actor, "session", "is_mfa")),
    }  # fmt: skip


def _time(value: Any) -> str | None:
    return from_epoch(value, 1e-3) if not isinstance(value, str) or value.isdigit() else value


def _operation(record: Record, class_uid: int) -> str | None:
    name = text(dig(record, "api", "operation"))
    if name is not None:
        return classify(name, AWS)[1]
    activity = number(record.get("activity_id"))
    if class_uid == ACCOUNT_CHANGE and activity is not None and activity in OCSF_ACCOUNT_CHANGE:
        return OCSF_ACCOUNT_CHANGE[activity]
    if class_uid == AUTHENTICATION and activity == _LOGON:
        return "ConsoleLogin"
    return text(record.get("activity_name"))


def _fingerprint(tls: Any) -> str | None:
    return (
        text(dig(tls, "ja4_fingerprint"))
        or text(dig(tls, "ja3_hash", "value"))
        or text(dig(tls, "ja3_hash"))
    )


ADAPTER: Final = Adapter("OCSF", "events", _recognises, _rows, (("events",),))
