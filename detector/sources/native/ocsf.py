"""OCSF events of classes 6003, 3002 and 3001 to ``events``.

Shape: schema.ocsf.io, API Activity (6003), Authentication (3002), Account Change (3001);
``time`` is in milliseconds since the epoch; ``time_dt`` (profile datetime) is a time. Rows of
Parquet come with Python's own types.

``metadata.uid`` is the id that the logging system gave: of CloudTrail (as Security Lake has
it), the eventID of the record.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from detector.sources.native.adapter import (
    KEY,
    Adapter,
    Hasher,
    Record,
    Row,
    UnusableRecord,
    dig,
    from_epoch,
    instant,
    number,
    record_key,
    records_of,
    text,
)  # fmt: skip
from detector.sources.native.cloudtrail import NAME as CLOUDTRAIL
from detector.sources.native.identities import address, agent, named
from detector.sources.native.operations import (
    ACCOUNT_CHANGE,
    API_ACTIVITY,
    AUTHENTICATION,
    AWS,
    OCSF_ACCOUNT_CHANGE,
    classify,
)  # fmt: skip

NAME: Final = "OCSF"
CLASSES: Final = frozenset({ACCOUNT_CHANGE, AUTHENTICATION, API_ACTIVITY})
_STATUSES: Final = {1: "success", 2: "failure"}
_LOGON: Final = 1


def _recognises(record: Record) -> bool:
    nested = ("metadata", "actor", "src_endpoint", "api", "cloud", "activity_id", "user")
    return number(record.get("class_uid")) is not None and any(key in record for key in nested)


def _rows(record: Record, hashed: Hasher) -> Iterator[Row]:
    class_uid = number(record.get("class_uid"))
    if class_uid is None:
        raise UnusableRecord("it is not an OCSF event: class_uid is missing or not a number")
    if class_uid not in CLASSES:
        raise UnusableRecord("its OCSF class is none of 6003, 3002 and 3001")
    actor = record.get("actor")
    source = record.get("src_endpoint")
    moment = _time(record.get("time")) or _time(record.get("time_dt"))
    yield {
        KEY: _key(record.get("metadata"), moment),
        "time": moment,
        "account_id": text(dig(record, "cloud", "account", "uid"))
        or text(dig(actor, "user", "account", "uid")),
        "class_uid": class_uid,
        "operation": _operation(record, class_uid),
        "status": _STATUSES.get(number(record.get("status_id")) or 0) or text(record.get("status")),
        "actor_uid": hashed(
            named(dig(actor, "user", "uid")) or named(dig(record, "user", "uid"))
            or named(dig(actor, "user", "name"))
        ),
        "actor_type": text(dig(actor, "user", "type")) or text(dig(record, "user", "type")),
        "credential_uid": hashed(named(dig(actor, "user", "credential_uid"))),
        "session_uid": hashed(
            named(dig(actor, "session", "uid")) or named(dig(record, "session", "uid"))
        ),
        "service": text(dig(record, "api", "service", "name"))
        or text(dig(record, "service", "name")),
        "resource_type": next(
            (text(dig(r, "type")) for r in records_of(record.get("resources"))), None
        ),
        "resource_count": len(records_of(record.get("resources"))) or None,
        "region": text(dig(record, "cloud", "region")),
        "src_ip_hash": hashed(address(dig(source, "ip"))),
        "src_asn": number(dig(source, "autonomous_system", "number")),
        "src_country": text(dig(source, "location", "country")),
        "user_agent_hash": hashed(agent(dig(record, "http_request", "user_agent"))),
        "tls_fingerprint": hashed(_fingerprint(record.get("tls"))),
        "device_hash": hashed(named(dig(record, "device", "uid"))),
        "mfa": text(record.get("is_mfa")) or text(dig(actor, "session", "is_mfa")),
    }  # fmt: skip


def _key(metadata: Any, moment: str | None) -> int | None:
    product = dig(metadata, "product")
    name = (text(dig(product, "name")) or "").strip().lower()
    if name in ("cloudtrail", "aws cloudtrail"):
        return record_key(CLOUDTRAIL, dig(metadata, "uid"), instant(moment))
    vendor = (text(dig(product, "vendor_name")) or "").strip().lower()
    return record_key(NAME, dig(metadata, "uid"), vendor, name)


def _time(value: Any) -> str | None:
    if isinstance(value, datetime):
        return instant(value)
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
        named(dig(tls, "ja4_fingerprint"))
        or named(dig(tls, "ja3_hash", "value"))
        or named(dig(tls, "ja3_hash"))
    )


ADAPTER: Final = Adapter(NAME, "events", _recognises, _rows, (("events",),))
